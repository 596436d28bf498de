"""The two languages officials read: every sentence the tool says exists in both."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in Swedish and in English."""

    sv: str
    en: str

    def in_language(self, language: Language) -> str:
        return self.sv if language == "sv" else self.en

    def __str__(self) -> str:
        return self.en
