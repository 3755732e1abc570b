# SPDX-License-Identifier: BSD-3-Clause
"""airunner inside other packages: each module is imported by its name, and needs the package it is for."""
