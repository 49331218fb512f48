"""The version of the contract, which is that of the service."""

from typing import Final

API_VERSION: Final = "1.0.0"
