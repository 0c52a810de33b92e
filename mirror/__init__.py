# SPDX-License-Identifier: GPL-3.0-or-later
"""Build and serve every upstream artifact a cluster needs, from public source code."""
