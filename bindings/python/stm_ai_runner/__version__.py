# SPDX-License-Identifier: BSD-3-Clause
"""The version of ST's module that this one stands for: scripts compare it."""

__version__ = "3.2"
__author__ = "The airunner authors"
__copyright__ = "Copyright (c) 2026 The airunner authors"
__license__ = "BSD-3-Clause"
