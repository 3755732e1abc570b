# SPDX-License-Identifier: BSD-3-Clause
"""The target kit is to a host what `airunner serve` is: the tests of that one, written from the protocol alone, against a program made of the kit."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "server"))

import test_clients  # noqa: E402
import test_commands  # noqa: E402
import test_link  # noqa: E402
from support import ServerTest  # noqa: E402

test_clients.LISTEN = ("tcp:127.0.0.1:0",)  # the terminal of the kit is a serial line, which tells nothing of who comes and goes

# What is of the server alone: its runtimes, and what it does with those who come and go.
OTHERS = {
    "Transcripts": ["extra_words_are_field_5_on_link_a"],
    "Discovery": ["versions_and_capabilities", "a_model_that_cannot_be_used_leaves_the_others_on_offer",
                  "times_are_not_sent_by_generation_2"],
    "ComeAndGo": ["second_client_is_refused_and_the_first_not_disturbed", "client_that_does_not_read",
                  "somebody_who_looks_at_the_terminal_does_not_disturb_the_client"],
}
SUITES = [test_link.Transcripts, test_link.Syncs, test_link.Sizes, test_link.BadInput, test_commands.Discovery, test_commands.Runs,
          test_commands.Memory, test_commands.SelfTests, test_clients.ComeAndGo]


class Own(ServerTest):
    def test_versions_and_capabilities(self):
        for arguments, version, capability in (
                ((), 0x301, 1), (("--generation", "4"), 0x302, 1),
                (("--generation", "4", "--memory", "--self-test", "--packet", "382"), 0x302, 1 | 8 | 64 | 128)):
            sync = self.client(self.started("null:", *arguments)).sync()
            self.assertEqual((sync.version, sync.capability, sync.rtid), (version, capability, 0x10101))

    def test_models_behind_each_adapter_and_one_written_by_hand(self):
        client, models = self.connected("null:", "st-ai:digits_int8", "legacy:digits_int8", "st-ai:digits_float32")
        self.assertEqual([m.name for m in models], [b"network", b"digits_int8", b"digits", b"digits_float32"])
        self.assertEqual([m.rtid for m in models], [0x10101, 0x10101, 0x10001, 0x10101])
        image = bytes(range(64))
        outputs = [[t.data.datas for t in client.run(model, [image]).outputs] for model in models[1:3]]
        self.assertEqual(outputs[0], outputs[1])
        self.assert_healthy(client, models[0])

    def test_no_model_is_left_out(self):
        client, models = self.connected("null:?models=16")
        self.assertEqual(len(models), 16)
        self.assert_healthy(client, models[15])

    def test_an_input_is_written_by_memory_services_up_to_its_end_and_no_further(self):
        client, (model,) = self.connected("null:", "--memory")
        address, size = model.inputs[1].addr, 8
        for excess, state in ((0, 1), (1, 4)):
            client.request(21, address, "", size + excess)
            self.assertEqual(client.response().state, state)
            if state == 1:
                client.data(b"\x05" * size)
                client.expect("ack", 3)


def load_tests(loader, _tests, _pattern):
    suite = loader.loadTestsFromTestCase(Own)
    for case in SUITES:
        names, others = loader.getTestCaseNames(case), [f"test_{name}" for name in OTHERS.get(case.__name__, [])]
        assert set(others) <= set(names), f"{case.__name__} has no test of each name of {others}"
        suite.addTests(case(name) for name in names if name not in others)
    return suite


if __name__ == "__main__":
    unittest.main()
