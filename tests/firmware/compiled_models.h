/* SPDX-License-Identifier: BSD-3-Clause */
/* The models that are compiled into the target of the tests. */
#ifndef COMPILED_MODELS_H
#define COMPILED_MODELS_H

#include "airtarget.h"

/* NULL when there is none of this name. The first model is called network, as the host libraries are, others as they are asked for. */
const at_model *compiled_model(const char *name, bool is_first);

#endif
