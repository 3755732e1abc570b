# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner: the printed reports, compared line by line with what ST's module prints for the same dictionaries."""

import unittest

import numpy as np

from support import TINY_ST_AI
from test_stm_connect import StmTest

from stm_ai_runner import AiRunner
from stm_ai_runner._report import print_profile, print_summary
from stm_ai_runner.stm_ai_utils import IOTensor

Mode, Caps = AiRunner.Mode, AiRunner.Caps
F32, S8 = 0x821040, 0x840440


def io_tensor(fmt, shape, tag, name, quant=None, loc=None, address=0):
    made = IOTensor(fmt, shape, quant)
    made.set_name(name)
    made.set_tag(tag)
    made.set_memory_pool(loc)
    made.set_c_addr(address)
    return made


def tensor_info(*arguments, **keywords):
    made = io_tensor(*arguments, **keywords)
    return {"name": made.name, "io_tensor": made}


LEGACY = {
    "name": "network", "hash": "0x2bfb5392202c7a642f828f2ad7434894", "n_nodes": 100, "macc": 313298016, "version": (2, 0),
    "compile_datetime": "Nov 21 2026 23:32:24", "weights": 13951264, "activations": 4917696,
    "runtime": {"protocol": "DLL Driver v2.0 - Direct Python binding", "name": "ST.AI (legacy api)", "compiler": "",
                "version": (10, 2, 0), "capabilities": [Caps.IO_ONLY, Caps.PER_LAYER, Caps.PER_LAYER_WITH_DATA],
                "tools_version": (2, 2, 0)},
    "device": {"desc": "x86_64, , Linux", "dev_type": "HOST", "dev_id": "x86_64 ", "system": "Linux", "machine": "x86_64"},
    "inputs": [tensor_info(F32, (1, 224, 224, 3), "I.0", "input_1", loc="in activations buffer")],
    "outputs": [tensor_info(F32, (1, 1, 1, 1000), "O.0", "output_1", loc="in activations buffer")],
    "mempools": {"params": [{"shape": (1, 1, 1, 13951264)}], "activations": [{"shape": (1, 1, 1, 4917696)}]}}

TARGET = {
    "name": "mnist_int8", "hash": "", "n_nodes": 4, "macc": None, "version": (2, 0), "weights": None, "activations": 3136,
    "compile_datetime": "Nov 21 2025 12:34:56",
    "runtime": {"protocol": "Proto-buffer driver v2.0 (msg v3.1) (SOCKET:127.0.0.1:15212)",
                "name": "ST Neural ART (LL_ATON api)", "compiler": "GCC", "version": (10, 2, 0), "tools_version": (1, 1, 1),
                "rt_lib_desc": "atonn-v1.1.1-14-ge619e860 (optimized SW lib v10.2.0-7f5f3a2b GCC)",
                "capabilities": [Caps.IO_ONLY, Caps.PER_LAYER, Caps.PER_LAYER_WITH_DATA, Caps.SELF_TEST, Caps.MEMORY_RW]},
    "device": {"dev_type": "stm32", "desc": "stm32 family - 0x486 - STM32N6xx @800/400MHz", "dev_id": 1158,
               "system": "bare-metal", "sys_clock": 800000000, "bus_clock": 400000000,
               "attrs": ["fpu", "core_icache", "core_dcache", "npu_cache=1", "mcu_freq=800MHz", "noc_freq=400MHz",
                         "npu_freq=1000MHz", "nic_freq=900MHz"]},
    "inputs": [tensor_info(S8, (1, 28, 28, 1), "I.0", "Input_0_out_0", {"scale": np.float32(0.003921569), "zero_point": -128},
                           "activations")],
    "outputs": [tensor_info(S8, (1, 10), "O.0", "Quantize_9_out_0", {"scale": np.float32(0.00390625), "zero_point": -128},
                            "activations")],
    "mempools": {"params": [{"shape": (21888,)}], "activations": [{"shape": (3136,)}]}}


def node(name, durations, m_id, description, counters=None, tensor=None, data=None):
    made = {"c_durations": durations, "m_id": m_id, "layer_desc": description, "name": name,
            "io_tensors": [tensor] if tensor else [], "data": [data] if data is not None else []}
    return {**made, "counters": {"type": "CPU cycles", "values": counters}} if counters else made


def profiler(info, nodes, durations, mode=Mode.PER_LAYER, debug=None):
    return {"info": info, "mode": mode, "c_durations": durations, "c_nodes": nodes, "debug": {
        "exec_times": [0.011], "host_duration": 6.2, "counters": {"type": 0, "values": []}, "stack_usage": None,
        "heap_usage": None, **(debug or {})}}


def printed(function, *arguments, **keywords):
    lines = []
    function(*arguments, lines.append, **keywords)
    return "\n".join(lines) + "\n"


class Summary(unittest.TestCase):
    maxDiff = None

    def test_host(self):
        self.assertEqual(printed(print_summary, LEGACY, ["network"], indent=1, level=0), SUMMARY_LEGACY)

    def test_target(self):
        self.assertEqual(printed(print_summary, TARGET, ["mnist_int8", "dual_f32"], indent=1, level=0), SUMMARY_TARGET)

    def test_level_and_segments(self):
        info = {**LEGACY, "flags": "flag_inputs", "compile_datetime": "", "mempools": {
            "params": [{"shape": (1, 1, 1, 4)}] * 2, "activations": [{"shape": (1, 1, 1, 48)}, {"shape": (1, 1, 1, 16)}]}}
        text = printed(print_summary, info, ["network"], indent=0, level=1)
        for row in ("flags", "flag_inputs"), ("activations", "4917696 [48, 16] (2 segments)"), ("weights", "13951264 (2 segments)"), \
                ("compile_datetime", "<undefined>"):
            self.assertRegex(text, rf"(?m)^{row[0]} +:   " + row[1].replace("[", r"\[").replace("(", r"\(").replace(")", r"\)"))
        self.assertNotIn("flags", printed(print_summary, info, ["network"], indent=0, level=0))


class Profile(unittest.TestCase):
    maxDiff = None

    def test_host(self):
        nodes = [node("ai_node_0", [5.768, 5.66], 2, "Conv2D (0x103)"), node("ai_node_1", [0.232, 0.232], 3, "NL (0x107)")]
        nodes += [node(f"ai_node_{i}", [1.4038, 1.4038], i + 2, "Softmax (0x10c)") for i in range(2, 100)]
        text = printed(lambda *a, **k: print_profile([], profiler(LEGACY, nodes, [142.969, 144.0424]), [], *a, **k))
        self.assertEqual(text[:len(HEAD_LEGACY)], HEAD_LEGACY)
        self.assertNotIn("Inter-nodal", text)

    def test_time_between_nodes(self):
        nodes = [node("ai_node_0", [5.0], 2, "Conv2D (0x103)"), node("ai_node_1", [1.0], 3, "NL (0x107)")]
        text = printed(lambda *a, **k: print_profile([], profiler(LEGACY, nodes, [8.0]), [], *a, **k))
        self.assertRegex(text, r"\n  -+\n  n/a     n/a    Inter-nodal           2.000   25.0%   100.0%     n/a         \n  -+\n"
                               r"  total                                6.000  ")

    def test_st_ai(self):
        times = [[0.005, 0.005], [0.0025, 0.0025], [0.001, 0.001]]
        kinds = [(5, "Dense (0x104)"), (6, "NL (0x107)"), (9, "Dense (0x104)")]
        shapes = [(1, 30, 16), (1, 30, 16), (1, 1)]
        nodes = [node(f"ai_node_{i}", times[i], *kinds[i], tensor=io_tensor(F32, shapes[i], f"N.{i}.0", f"stai_tens_n_{i}_0"),
                      data=np.full((2, *shapes[i][1:]), 0.5, np.float32)) for i in range(3)]
        info = {**LEGACY, "macc": 6241,
                "inputs": [tensor_info(F32, (1, 30, 10), "I.0", "input_1", address=0x2D6A95C0)],
                "outputs": [tensor_info(F32, (1, 1), "O.0", "output_1", address=0x2D6A95C0)]}
        x = np.linspace(-0.99, 0.999, 600, dtype=np.float32).reshape(2, 30, 10)
        text = printed(lambda *a, **k: print_profile([x], profiler(info, nodes, [0.0085, 0.0085]), [np.array([[-.034], [.073]])],
                                                     *a, tensor_info=True, **k))
        self.assertEqual(text, PROFILE_ST_AI)

    def test_target(self):
        counters = [[[200, 1792, 150]], [[200, 1483, 150]], [[200, 578, 150]], [[200, 360, 150]]]
        kinds = ["epoch", "epoch (SW)", "epoch (HYBRID)", "epoch (EC)"]
        times = [0.0026785, 0.0022915, 0.0011570, 0.0008910]
        nodes = [node(f"EpochBlock_{i + 1}", [times[i]], "-", kinds[i], counters[i]) for i in range(4)]
        text = printed(lambda *a, **k: print_profile([], profiler(TARGET, nodes, [sum(times)]), [], *a, debug=True, **k))
        self.assertEqual(text, PROFILE_TARGET)

    def test_target_with_one_counter(self):
        nodes = [node("ai_node_0", [0.0001], 0, "Dense (0x104)", [[87]]), node("ai_node_1", [0.001], 2, "Split (0x10d)", [[886]])]
        info = {**TARGET, "macc": 88}
        text = printed(lambda *a, **k: print_profile(
            [], profiler(info, nodes, [0.0011], debug={"stack_usage": -1, "heap_usage": 0}), [], *a, **k))
        for line in (" cycles/MACC       :   10.00 ", " CPU cycles        :   [973] ", " used stack/heap   :   not monitored/0 bytes ",
                     "  0       0      Dense (0x104)        0.000    9.1%     9.1%  [  87 ]      ai_node_0   ",
                     "  1       2      Split (0x10d)        0.001   90.9%   100.0%  [ 886 ]      ai_node_1   "):
            self.assertIn(line, text)
        self.assertNotIn("inf/s", text)

    def test_counters_without_nodes(self):
        made = profiler(TARGET, [], [0.5], Mode.IO_ONLY, {"counters": {"type": "CPU cycles", "values": [[10, 2000], [12, 2001]]}})
        text = printed(lambda *a, **k: print_profile([], made, [], *a, **k))
        self.assertIn("CPU cycles     :   [11 2,000]", text)
        self.assertTrue(text.endswith("-\n\n"))

    def test_perf_only_and_details(self):
        nodes = [node("n", [0.5], 0, "epoch")]
        x = np.zeros((1, 28, 28, 1), np.int8)
        made = profiler(TARGET, nodes, [0.5], Mode.PER_LAYER | Mode.PERF_ONLY)
        text = printed(lambda *a, **k: print_profile([x], made, [np.empty(0, np.int8)], *a, tensor_info=True, **k))
        self.assertNotIn("Statistic per tensor", text)
        self.assertRegex(text, r"I\.0 .*False")
        made["mode"] = Mode.PER_LAYER
        text = printed(lambda *a, **k: print_profile([x], made, [np.empty(0, np.int8)], *a, no_details=True, **k))
        self.assertNotIn("Inference time per node", text)
        self.assertIn("\n Statistic per tensor\n", text)
        self.assertRegex(text, r"O\.0 .*n\.a\. +n\.a\. +n\.a\. +n\.a\.")

    def test_empty(self):
        for empty in ({}, profiler(LEGACY, [], [])):
            self.assertEqual(printed(lambda *a, **k: print_profile([], empty, [], *a, **k)), " ST.AI Profiling results: n.a.\n")


class Printing(StmTest):
    def test_through_the_runner(self):
        runner = self.runner(TINY_ST_AI)
        x = runner.generate_rnd_inputs(batch_size=2)
        outputs, profile = runner.invoke(x, mode=Mode.PER_LAYER_WITH_DATA)
        by_runner, by_session = [], []
        runner.print_profiling(x, profile, outputs, print_fn=by_runner.append, indent=1, tensor_info=True, debug=True, unknown=3)
        runner.session().print_profiling(x, profile, outputs, print_fn=by_session.append, tensor_info=True, debug=True)
        self.assertEqual(by_runner, by_session)
        self.assertTrue(any("Info per tensor" in line for line in by_runner))
        texts = {}
        for name, call in (("runner", runner.summary), ("session", runner.session().summary)):
            lines = []
            call(print_fn=lines.append)
            texts[name] = lines
        self.assertEqual([line[1:] for line in texts["runner"]], texts["session"])


SUMMARY_LEGACY = """\
 
 Summary 'network' - ['network']
 --------------------------------------------------------------------------------
 I[1/1] 'input_1'    :   f32[1,224,224,3], 602112 Bytes, in activations buffer   
 O[1/1] 'output_1'   :   f32[1,1,1,1000], 4000 Bytes, in activations buffer      
 n_nodes             :   100                                                     
 activations         :   4917696                                                 
 weights             :   13951264                                                
 macc                :   313298016                                               
 hash                :   0x2bfb5392202c7a642f828f2ad7434894                      
 compile_datetime    :   Nov 21 2026 23:32:24                                    
 --------------------------------------------------------------------------------
 protocol            :   DLL Driver v2.0 - Direct Python binding                 
 tools               :   ST.AI (legacy api) v2.2.0                               
 runtime lib         :   v10.2.0                                                 
 capabilities        :   IO_ONLY, PER_LAYER, PER_LAYER_WITH_DATA                 
 device.desc         :   x86_64, , Linux                                         
 --------------------------------------------------------------------------------
"""

SUMMARY_TARGET = """\
 
 Summary 'mnist_int8' - ['mnist_int8', 'dual_f32']
 -------------------------------------------------------------------------------------------------------------------------------------------
 I[1/1] 'Input_0_out_0'      :   int8[1,28,28,1], 784 Bytes, QLinear(0.003921569,-128,int8), activations                                    
 O[1/1] 'Quantize_9_out_0'   :   int8[1,10], 10 Bytes, QLinear(0.003906250,-128,int8), activations                                          
 n_nodes                     :   4                                                                                                          
 activations                 :   3136                                                                                                       
 compile_datetime            :   Nov 21 2025 12:34:56                                                                                       
 -------------------------------------------------------------------------------------------------------------------------------------------
 protocol                    :   Proto-buffer driver v2.0 (msg v3.1) (SOCKET:127.0.0.1:15212)                                               
 tools                       :   ST Neural ART (LL_ATON api) v1.1.1                                                                         
 runtime lib                 :   atonn-v1.1.1-14-ge619e860 (optimized SW lib v10.2.0-7f5f3a2b GCC)                                          
 capabilities                :   IO_ONLY, PER_LAYER, PER_LAYER_WITH_DATA, SELF_TEST, MEMORY_RW                                              
 device.desc                 :   stm32 family - 0x486 - STM32N6xx @800/400MHz                                                               
 device.attrs                :   fpu,core_icache,core_dcache,npu_cache=1,mcu_freq=800MHz,noc_freq=400MHz,npu_freq=1000MHz,nic_freq=900MHz   
 -------------------------------------------------------------------------------------------------------------------------------------------
"""

HEAD_LEGACY = """\
 
 ST.AI Profiling results v2.0 - "network"
 ------------------------------------------------------------------
 nb sample(s)   :   2                                              
 duration       :   143.506 ms by sample (142.969/144.042/0.537)   
 macc           :   313298016                                      
 ------------------------------------------------------------------
  
  Inference time per node
  -----------------------------------------------------------------------------
  c_id    m_id   type                dur (ms)      %    cumul     name         
  -----------------------------------------------------------------------------
  0       2      Conv2D (0x103)         5.714   4.0%     4.0%     ai_node_0    
  1       3      NL (0x107)             0.232   0.2%     4.1%     ai_node_1    
"""

PROFILE_ST_AI = """\
 
 ST.AI Profiling results v2.0 - "network"
 ------------------------------------------------------------
 nb sample(s)   :   2                                        
 duration       :   0.009 ms by sample (0.009/0.009/0.000)   
 macc           :   6241                                     
 ------------------------------------------------------------
  
  Inference time per node
  ---------------------------------------------------------------------------
  c_id    m_id   type              dur (ms)       %    cumul     name        
  ---------------------------------------------------------------------------
  0       5      Dense (0x104)        0.005   58.8%    58.8%     ai_node_0   
  1       6      NL (0x107)           0.003   29.4%    88.2%     ai_node_1   
  2       9      Dense (0x104)        0.001   11.8%   100.0%     ai_node_2   
  ---------------------------------------------------------------------------
  total                               0.009                                  
  ---------------------------------------------------------------------------
  
  Statistic per tensor
  ---------------------------------------------------------------------------------------
  tensor   #   type[shape]:size         min     max     mean      std  name              
  ---------------------------------------------------------------------------------------
  I.0      2   f32[1,30,10]:1200     -0.990   0.999    0.004    0.575  input_1           
  N.0.0    2   f32[1,30,16]:1920      0.500   0.500    0.500    0.000  stai_tens_n_0_0   
  N.1.0    2   f32[1,30,16]:1920      0.500   0.500    0.500    0.000  stai_tens_n_1_0   
  N.2.0    2   f32[1,1]:4             0.500   0.500    0.500    0.000  stai_tens_n_2_0   
  O.0      2   f32[1,1]:4            -0.034   0.073    0.019    0.053  output_1          
  ---------------------------------------------------------------------------------------
  
  Info per tensor
  ------------------------------------------------------------------------
  tensor   description                name                           data 
  ------------------------------------------------------------------------
  I.0      f32[1,30,10], 1200 Bytes   input_1             True 0x2d6a95c0 
  N.0.0    f32[1,30,16], 1920 Bytes   stai_tens_n_0_0                True 
  N.1.0    f32[1,30,16], 1920 Bytes   stai_tens_n_1_0                True 
  N.2.0    f32[1,1], 4 Bytes          stai_tens_n_2_0                True 
  O.0      f32[1,1], 4 Bytes          output_1            True 0x2d6a95c0 
  ------------------------------------------------------------------------
"""

PROFILE_TARGET = """\
 
 ST.AI Profiling results v2.0 - "mnist_int8"
 ------------------------------------------------------------------
 nb sample(s)       :   1                                          
 duration           :   0.007 ms by sample (0.007/0.007/0.000)     
 CPU cycles         :   [800 4,213 600]                            
 ------------------------------------------------------------------
 DEVICE duration    :   0.011 ms by sample (including callbacks)   
 HOST duration      :   0.006 s (total)                            
 used mode          :   Mode.PER_LAYER                             
 number of c-node   :   4                                          
 ------------------------------------------------------------------
  
  Inference time per node
  -------------------------------------------------------------------------------------------------------------
  c_id    m_id   type                      dur (ms)       %    cumul  CPU cycles                name           
  -------------------------------------------------------------------------------------------------------------
  0       -      epoch                        0.003   38.2%    38.2%  [   200  1,792    150 ]   EpochBlock_1   
  1       -      epoch (SW)                   0.002   32.7%    70.8%  [   200  1,483    150 ]   EpochBlock_2   
  2       -      epoch (HYBRID)               0.001   16.5%    87.3%  [   200    578    150 ]   EpochBlock_3   
  3       -      epoch (EC)                   0.001   12.7%   100.0%  [   200    360    150 ]   EpochBlock_4   
  -------------------------------------------------------------------------------------------------------------
  total                                       0.007                   [   800  4,213    600 ]                  
                                    142490.74 inf/s                   [ 14.3%  75.1%  10.7% ]                  
  -------------------------------------------------------------------------------------------------------------

"""


if __name__ == "__main__":
    unittest.main()
