# SPDX-License-Identifier: BSD-3-Clause
"""What scripts import for networks of the Neural-ART compiler."""
