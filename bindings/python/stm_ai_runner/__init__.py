# SPDX-License-Identifier: BSD-3-Clause
"""stm_ai_runner on top of airunner: scripts written for ST's module of this name run unmodified."""

from __future__ import annotations

import airunner as _airunner

# "as" tells type checkers that the names are offered here; there is no __all__, as in ST's module.
from . import ai_interpreter as ai_interpreter
from . import ai_resolver as ai_resolver
from . import ai_runner as ai_runner
from . import stm32_utility as stm32_utility
from . import stm_ai_utils as stm_ai_utils
from . import utils as utils
from .__version__ import __author__ as __author__
from .__version__ import __copyright__ as __copyright__
from .__version__ import __license__ as __license__
from .__version__ import __version__ as __version__
from .ai_interpreter import AiRunnerInterpreter as AiRunnerInterpreter
from .ai_resolver import is_valid_exec_domain as is_valid_exec_domain
from .ai_runner import AiRunner as AiRunner
from .ai_runner import AiRunnerCallback as AiRunnerCallback
from .ai_runner import AiRunnerError as AiRunnerError
from .ai_runner import AiRunnerSession as AiRunnerSession
from .ai_runner import HwIOError as HwIOError
from .ai_runner import InvalidModelError as InvalidModelError
from .ai_runner import InvalidMsgError as InvalidMsgError
from .ai_runner import InvalidParamError as InvalidParamError
from .ai_runner import NotConnectedError as NotConnectedError
from .ai_runner import NotInitializedMsgError as NotInitializedMsgError
from .stm32_utility import bsdchecksum as bsdchecksum
from .stm32_utility import dump_ihex_file as dump_ihex_file
from .utils import get_log_level as get_log_level
from .utils import get_logger as get_logger
from .utils import set_log_level as set_log_level

__airunner_version__ = _airunner.__version__
