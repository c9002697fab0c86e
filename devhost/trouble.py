"""What goes wrong at every look at a storage account, told once."""

from __future__ import annotations

import logging

from azure.core.exceptions import AzureError


class Trouble:
    """One polling loop's trouble; the real host warns of it every two seconds for ever."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._told = ""

    def tell(self, tried: str, error: AzureError) -> None:
        """Warn, unless the last look has met the same."""
        # The library's later lines hold the request's id and time.
        words = f"{tried}: {str(error).partition(chr(10))[0]}"
        if words != self._told:
            self._logger.warning("%s", words)
        self._told = words

    def is_over(self) -> None:
        """Tell the same trouble again when it comes back."""
        self._told = ""
