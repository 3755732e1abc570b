#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# Tells the loader about a library that was installed into one of its folders. usage: refresh_cache.sh LDCONFIG
"$1" 2>/dev/null || true
