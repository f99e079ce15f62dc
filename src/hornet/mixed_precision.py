"""Keras's older names for computing in short types: weights stay in float32.

Example:
    >>> set_global_policy("mixed_bfloat16")
    >>> global_policy().compute_dtype
    'bfloat16'
    >>> set_global_policy(None)
"""

from hornet.core.imports import publish
from hornet.core.policies import DTypePolicy, dtype_policy, set_dtype_policy
from hornet.optimizers import LossScaleOptimizer

Policy = DTypePolicy
global_policy = dtype_policy
set_global_policy = set_dtype_policy

__all__ = [
    "DTypePolicy",
    "LossScaleOptimizer",
    "Policy",
    "dtype_policy",
    "global_policy",
    "set_dtype_policy",
    "set_global_policy",
]

publish(__name__, __all__)
