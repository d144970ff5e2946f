"""The form of a network: what a person may say of it, and the network it describes.

Not here: the two steps of saving it (wifi.py), what an iPad accepts (profiles.payloads.wifi).
"""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from mdm.doors.console.forms import NEEDED, options
from mdm.rooms.blueprints.wifi import OWN_CERTIFICATE
from profiles.errors import InvalidPayload
from profiles.payloads.certificates import Certificate
from profiles.payloads.wifi import (
    Access,
    EapTls,
    Encryption,
    Peap,
    Personal,
    ServerTrust,
    WifiNetwork,
)

PASSPHRASE, WPA3, CERTIFICATE, ACCOUNT = "passphrase", "wpa3", "certificate", "account"
WAYS_IN = {
    PASSPHRASE: _l("one password for all (WPA2 or WPA3)"),
    WPA3: _l("one password for all (WPA3 only)"),
    CERTIFICATE: _l("a certificate of its own for each iPad (EAP-TLS)"),
    ACCOUNT: _l("one account for all (PEAP)"),
}
_BY_RADIUS = {CERTIFICATE, ACCOUNT}
_LONGEST_CERTIFICATE = 20_000


class WifiForm(FlaskForm):
    """A network. class_group_id: 0 for the whole school. password: asked for at the last step.

    authority: the certificate of the RADIUS server's authority, as PEM.
    """

    ssid = StringField(_l("Name of the network (SSID)"), [InputRequired(NEEDED), Length(max=32)])
    way_in = SelectField(_l("How iPads get in"), choices=options(WAYS_IN))
    hidden = BooleanField(_l("The network does not show its name"))
    server_name = StringField(_l("Name of the RADIUS server"), [Length(max=200)])
    authority = TextAreaField(
        _l("Certificate of its authority (optional)"),
        [Optional(), Length(max=_LONGEST_CERTIFICATE)],
    )
    user_name = StringField(_l("Name of the account"), [Length(max=100)])
    class_group_id = SelectField(_l("For"), coerce=int)
    name = StringField(
        _l("Name of the profile"),
        [InputRequired(NEEDED), Length(max=60)],
        default="WLAN",
    )
    password = PasswordField(_l("Password of the network"), [Length(max=200)])

    @property
    def wants_password(self) -> bool:
        """Whether this way in needs a password from us."""
        return bool(self.way_in.data != CERTIFICATE)

    def network(self, password: str) -> WifiNetwork:
        """The network described. raises: InvalidPayload."""
        return WifiNetwork(self.ssid.data or "", self._access(password), hidden=self.hidden.data)

    def anchors(self) -> tuple[Certificate, ...]:
        """The authority, if one was given. raises: InvalidPayload."""
        text = (self.authority.data or "").strip()
        return (Certificate.read(text.encode()),) if text and self.way_in.data in _BY_RADIUS else ()

    def validate_ssid(self, field: StringField) -> None:
        """Refuse what is no name of a network. raises: ValidationError."""
        try:
            WifiNetwork(field.data or "", Personal("x" * 8))
        except InvalidPayload as error:
            raise ValidationError(_l("At most 32 bytes; an umlaut counts as two.")) from error

    def validate_server_name(self, field: StringField) -> None:
        """A RADIUS server must be known by a name. raises: ValidationError."""
        if self.way_in.data not in _BY_RADIUS:
            return
        try:
            ServerTrust(((field.data or "").strip(),))
        except InvalidPayload as error:
            raise ValidationError(_l("Write the name as in the server's certificate.")) from error

    def validate_authority(self, field: TextAreaField) -> None:
        """Refuse what is not one certificate. raises: ValidationError."""
        try:
            self.anchors()
        except InvalidPayload as error:
            raise ValidationError(_l("This is not one certificate in PEM form.")) from error

    def validate_user_name(self, field: StringField) -> None:
        """An account needs a name. raises: ValidationError."""
        if self.way_in.data == ACCOUNT and not (field.data or "").strip():
            raise ValidationError(NEEDED)

    def has_fitting_password(self) -> bool:
        """Judge the password, and say at its field when it does not fit."""
        try:
            self.network(self.password.data or "")
        except InvalidPayload:
            problem = (
                _l("8 to 63 characters, without umlauts.")
                if self.way_in.data != ACCOUNT
                else NEEDED
            )
            self.password.errors = (problem,)
            return False
        return True

    def _access(self, password: str) -> Access:
        if self.way_in.data not in _BY_RADIUS:
            is_strict = self.way_in.data == WPA3
            how = Encryption.WPA3_ONLY if is_strict else Encryption.WPA2_OR_WPA3
            return Personal(password, how)
        server = ServerTrust(((self.server_name.data or "").strip(),))
        if self.way_in.data == CERTIFICATE:
            return EapTls(OWN_CERTIFICATE, server)
        return Peap((self.user_name.data or "").strip(), password, server)
