"""What the iPad writes, suggests and answers by itself; iPadOS 26.4.

Here: Siri, the keyboard, Apple's own intelligence and that of others. From that version on these
take the place of restrictions (profiles.payloads.restrictions).

Every switch is a key of the declaration that a school may set; what is not named here stays as
people set it.

source: Apple, schema "Siri:Settings", "Keyboard:Settings", "Intelligence:Settings",
"External Intelligence:Settings".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiles.declarations.checked_declaration import checked_declaration
from profiles.declarations.declaration import Declaration
from profiles.errors import InvalidPayload
from profiles.payloads.stating import stated

SIRI = "com.apple.configuration.siri.settings"
KEYBOARD = "com.apple.configuration.keyboard.settings"
INTELLIGENCE = "com.apple.configuration.intelligence.settings"
EXTERNAL_INTELLIGENCE = "com.apple.configuration.external-intelligence.settings"


@dataclass(frozen=True, slots=True)
class SiriSettings:
    """Siri; None: no opinion."""

    enabled: bool | None = None
    while_locked: bool | None = None
    user_generated_content: bool | None = None
    force_profanity_filter: bool | None = None


@dataclass(frozen=True, slots=True)
class KeyboardSettings:
    """Help while typing; None: no opinion. For a dictation test most of it is off."""

    auto_correction: bool | None = None
    definition_lookup: bool | None = None
    dictation: bool | None = None
    math_suggestions: bool | None = None
    predictive_text: bool | None = None
    slide_to_type: bool | None = None
    spell_check: bool | None = None
    text_replacement: bool | None = None


# For a test in spelling.
NO_HELP_WHILE_TYPING = KeyboardSettings(
    auto_correction=False,
    definition_lookup=False,
    dictation=False,
    math_suggestions=False,
    predictive_text=False,
    slide_to_type=False,
    spell_check=False,
    text_replacement=False,
)


@dataclass(frozen=True, slots=True)
class IntelligenceSettings:
    """Apple Intelligence; None: no opinion.

    mail_replies and what follows concern single apps. calendar_sentences: appointments written as
        a sentence; iPadOS 27.
    """

    writing_tools: bool | None = None
    image_playground: bool | None = None
    image_wand: bool | None = None
    genmoji: bool | None = None
    handwriting_results: bool | None = None
    visual_summaries: bool | None = None
    usage_report: bool | None = None
    force_on_device_dictation: bool | None = None
    force_on_device_translation: bool | None = None
    mail_replies: bool | None = None
    mail_summaries: bool | None = None
    safari_summaries: bool | None = None
    notes_transcription: bool | None = None
    notes_transcription_summaries: bool | None = None
    calendar_sentences: bool | None = None


def siri_settings(settings: SiriSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload, if nothing is set.
    """
    keys = {
        "Enabled": settings.enabled,
        "AllowWhileLocked": settings.while_locked,
        "AllowUserGeneratedContent": settings.user_generated_content,
        "ForceProfanityFilter": settings.force_profanity_filter,
    }
    return _declaration(SIRI, identifier, keys)


def keyboard_settings(settings: KeyboardSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload, if nothing is set.
    """
    keys = {
        "AllowAutoCorrection": settings.auto_correction,
        "AllowDefinitionLookup": settings.definition_lookup,
        "AllowDictation": settings.dictation,
        "AllowMathKeyboardSuggestions": settings.math_suggestions,
        "AllowPredictiveText": settings.predictive_text,
        "AllowSlideToType": settings.slide_to_type,
        "AllowSpellCheck": settings.spell_check,
        "AllowTextReplacement": settings.text_replacement,
    }
    return _declaration(KEYBOARD, identifier, keys)


def intelligence_settings(settings: IntelligenceSettings, identifier: str) -> Declaration:
    """Write the settings as a declaration.

    raises: InvalidPayload, if nothing is set.
    """
    keys = {
        "AllowWritingTools": settings.writing_tools,
        "AllowImagePlayground": settings.image_playground,
        "AllowImageWand": settings.image_wand,
        "AllowGenmoji": settings.genmoji,
        "AllowPersonalizedHandwritingResults": settings.handwriting_results,
        "AllowVisualIntelligenceSummary": settings.visual_summaries,
        "AllowAppleIntelligenceReport": settings.usage_report,
        "ForceOnDeviceOnlyDictation": settings.force_on_device_dictation,
        "ForceOnDeviceOnlyTranslation": settings.force_on_device_translation,
        "Apps": _per_app(settings),
    }
    return _declaration(INTELLIGENCE, identifier, keys)


def external_intelligence_settings(
    identifier: str,
    *,
    enabled: bool | None = None,
    sign_in: bool | None = None,
    workspaces: tuple[str, ...] = (),
) -> Declaration:
    """Write whether services of others answer. workspaces: the only accounts that may sign in.

    raises: InvalidPayload, if nothing is set.
    """
    keys = {"Enabled": enabled, "AllowSignIn": sign_in, "AllowedWorkspaceIDs": workspaces}
    return _declaration(EXTERNAL_INTELLIGENCE, identifier, keys)


def _per_app(settings: IntelligenceSettings) -> dict[str, dict[str, bool | None]]:
    return {
        "Calendar": {"AllowNaturalLanguageEditing": settings.calendar_sentences},
        "Mail": {
            "AllowSmartReplies": settings.mail_replies,
            "AllowSummary": settings.mail_summaries,
        },
        "Safari": {"AllowSummary": settings.safari_summaries},
        "Notes": {
            "AllowTranscription": settings.notes_transcription,
            "AllowTranscriptionSummary": settings.notes_transcription_summaries,
        },
    }


def _declaration(declaration_type: str, identifier: str, keys: Mapping[str, object]) -> Declaration:
    payload = stated(keys)
    if not payload:
        raise InvalidPayload("Payload", "says nothing", "set something")
    return checked_declaration(declaration_type, identifier, payload)
