// SPDX-License-Identifier: BSD-3-Clause
// LiteRT started for one connection.
#include "litert/environment.h"

#include "common/error.h"

namespace air::litert {
namespace {

const char *accelerator_name(int accelerator) {
  return accelerator == abi::kAcceleratorGpu ? "gpu" : "npu";
}

void check_accelerator(const Api &api, abi::Environment environment, int accelerators) {
  constexpr const char *kTask = "accelerators of LiteRT";
  const int wanted = accelerators & ~abi::kAcceleratorCpu;
  if (wanted == 0) return;
  if (api->GetNumAccelerators == nullptr || api->GetAccelerator == nullptr ||
      api->GetAcceleratorHardwareSupport == nullptr) {
    fail(AIR_ERROR_UNSUPPORTED,
         "option accelerator={}: this LiteRT does not tell which accelerators it has, and without this one it would go "
         "on with the CPU; leave it out",
         accelerator_name(wanted));
  }
  size_t n = 0;
  check(api->GetNumAccelerators(environment, &n), AIR_ERROR_INTERNAL, kTask);
  for (size_t i = 0; i < n; ++i) {
    abi::Accelerator accelerator = nullptr;
    int supported = 0;
    check(api->GetAccelerator(environment, i, &accelerator), AIR_ERROR_INTERNAL, kTask);
    check(api->GetAcceleratorHardwareSupport(accelerator, &supported), AIR_ERROR_INTERNAL, kTask);
    if ((supported & wanted) != 0) return;
  }
  fail(AIR_ERROR_UNSUPPORTED,
       "option accelerator={0} has no effect: this LiteRT has no {0} on this machine; leave it out",
       accelerator_name(wanted));
}

}  // namespace

Owned<abi::Environment> make_environment(const Api &api, int accelerators, int log) {
  const abi::EnvironmentOption options[] = {{abi::kTagRegisteredAccelerators, {abi::kTypeInteger, accelerators}},
                                            {abi::kTagLogSeverity, {abi::kTypeInteger, log}}};
  abi::Environment environment = nullptr;
  check(api->CreateEnvironment(2, options, &environment), AIR_ERROR_INTERNAL, "LiteRT cannot be started");
  return Owned<abi::Environment>(api->DestroyEnvironment, environment);
}

Owned<abi::Environment> open_environment(const Api &api, int accelerators) {
  Owned<abi::Environment> environment = make_environment(api, accelerators, abi::kLogSilent);
  check_accelerator(api, environment.get(), accelerators);
  return environment;
}

}  // namespace air::litert
