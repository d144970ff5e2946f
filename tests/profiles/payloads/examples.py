"""One full example of every payload that can be built, and every setting in use somewhere."""

from collections.abc import Callable

from profiles.configuration_profile import Payload
from profiles.payloads import cellular
from profiles.payloads.account_calendars import (
    DavAccount,
    DavKind,
    SubscribedCalendar,
    dav_payload,
    subscribed_calendar_payload,
)
from profiles.payloads.account_exchange import (
    ExchangeAccount,
    ModernSignIn,
    Service,
    StoredCertificate,
    StoredPassword,
    exchange_payload,
)
from profiles.payloads.account_google import GoogleAccount, google_payload
from profiles.payloads.account_ldap import Depth, LdapDirectory, SearchBase, ldap_payload
from profiles.payloads.account_mail import (
    Authentication,
    Fetching,
    MailAccount,
    MailServer,
    mail_payload,
)
from profiles.payloads.airplay import AirPlay, AirPlayPassword, AirPlayTarget, airplay_payload
from profiles.payloads.airprint import Printer, airprint_payload
from profiles.payloads.app_lock import AppLock, LockOption, UserOption, app_lock_payload
from profiles.payloads.apple_tv import (
    AirPlaySecurity,
    RemoteTarget,
    SenderCheck,
    airplay_security_payload,
    conference_room_payload,
    tv_remote_payload,
)
from profiles.payloads.cellular import AccessPoint, Protocols, cellular_payload
from profiles.payloads.certificate_checks import (
    certificate_revocation_payload,
    certificate_transparency_payload,
)
from profiles.payloads.class_roster import (
    Department,
    DeviceGroup,
    PasscodeType,
    Person,
    Roster,
    SchoolClass,
)
from profiles.payloads.classroom import Classroom, ClassroomTrust, classroom_payload
from profiles.payloads.dns import (
    DnsOverHttps,
    DnsOverTls,
    DnsProxy,
    DnsSettings,
    dns_proxy_payload,
    dns_settings_payload,
)
from profiles.payloads.font import Font, font_payload
from profiles.payloads.home_screen import (
    AppIcon,
    Folder,
    HomeScreen,
    WebClipIcon,
    home_screen_payload,
)
from profiles.payloads.http_proxy import (
    FixedProxy,
    GlobalProxy,
    ScriptedProxy,
    global_proxy_payload,
)
from profiles.payloads.kerberos import CredentialUse, KerberosSignOn
from profiles.payloads.lock_screen import LockScreenTexts, lock_screen_payload
from profiles.payloads.managed_domains import ManagedDomains, managed_domains_payload
from profiles.payloads.network_usage import AppUsage, SimUsage, WifiAssist, network_usage_payload
from profiles.payloads.notifications import (
    Alert,
    AppNotifications,
    Grouping,
    Preview,
    notifications_payload,
)
from profiles.payloads.on_demand import Action, Evaluation, Interface, OnDemandRule
from profiles.payloads.passcode import PasscodeRules, passcode_payload
from profiles.payloads.relay import Relay, RelayServer, relay_payload
from profiles.payloads.removal_password import removal_password_payload
from profiles.payloads.setup_assistant import setup_assistant_payload
from profiles.payloads.single_sign_on import (
    CredentialSignOn,
    RedirectSignOn,
    WhenLocked,
    single_sign_on_payload,
)
from profiles.payloads.vpn import OnDemand, PerAppVpn, Vpn, per_app_vpn_payload, vpn_payload
from profiles.payloads.vpn_ikev2 import (
    CertificateType,
    DeadPeerDetection,
    DeviceCertificate,
    Ikev2,
    NameAndPassword,
    SharedSecret,
)
from profiles.payloads.vpn_kinds import AlwaysOn, AppTunnel, ProviderType
from profiles.payloads.vpn_kinds import Service as Around
from profiles.payloads.vpn_proposal import Cipher, Integrity, SecurityAssociation
from profiles.payloads.web_clip import WebClip, web_clip_payload
from profiles.payloads.web_filter import BuiltInFilter, Site, web_filter_payload
from profiles.payloads.web_filter_app import AppFilter
from tests.profiles.payloads.support import APP, IDENTIFIER, OTHER_UUID, UUID

SECRET = "ge$HEIM"
MAC = "01:23:45:67:89:AB"
DIGEST = bytes(range(32))


def a_picture(width: int = 120, height: int = 120) -> bytes:
    """The beginning of a PNG picture of this size."""
    sides = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + sides + b"\x08\x02\x00\x00\x00"


IKEV2 = Ikev2("vpn.example.org", "vpn.example.org", "ipad-$SERIAL", DeviceCertificate(UUID))
APP_TUNNEL = AppTunnel(
    APP, "vpn.example.org", "ipad-$SERIAL", SECRET, UUID, vendor={"Group": "Schule"}
)
VPN_RULES = (
    OnDemandRule(Action.DISCONNECT, ssids=("Schule-$NORD",), interface=Interface.WIFI),
    OnDemandRule(
        Action.EVALUATE,
        evaluations=(
            Evaluation(
                ("intern.example.org",), True, ("192.0.2.53",), "https://intern.example.org/"
            ),
        ),
    ),
    OnDemandRule(
        Action.CONNECT, dns_servers=("192.0.2.*",), probe_url="https://probe.example.org/"
    ),
)
DNS_RULES = (
    OnDemandRule(Action.DISCONNECT, dns_domains=("intern.example.org",)),
    OnDemandRule(
        Action.EVALUATE, evaluations=(Evaluation(("example.org",), connect_if_needed=False),)
    ),
    OnDemandRule(Action.CONNECT),
)
ROSTER = Roster(
    classes=(SchoolClass(7, "9b", ("t1",), ("p1", "p2"), "Englisch", ("wagen1",)),),
    people=(
        Person(
            "t1", "Lehrkraft A", image_url="https://mdm.example.org/t1.jpg", apple_account="a@x"
        ),
        Person("p1", "Kind A", "Kind", "A", apple_account="b@x", passcode=PasscodeType.FOUR_DIGITS),
        Person("p2", "Kind B $SERIAL", apple_account="c@x"),
    ),
    device_groups=(DeviceGroup("wagen1", "Wagen 1", ("DMPTEST00001",)),),
)

EXAMPLES: dict[str, Callable[[], Payload]] = {
    "passcode": lambda: passcode_payload(
        PasscodeRules(True, False, True, 8, 1, 5, 0, 365, 5, 11), IDENTIFIER
    ),
    "passcode, if there is one": lambda: passcode_payload(
        PasscodeRules(required=None, history=2), IDENTIFIER
    ),
    "app lock": lambda: app_lock_payload(
        AppLock(APP, frozenset(LockOption), frozenset(UserOption)), IDENTIFIER
    ),
    "home screen": lambda: home_screen_payload(
        HomeScreen(
            pages=(
                (
                    AppIcon(APP),
                    Folder(
                        "Sprachen",
                        ((AppIcon("com.example.a"), WebClipIcon("https://a.example.org/")),),
                    ),
                ),
                (WebClipIcon("https://example.org/"),),
            ),
            dock=(AppIcon("com.apple.mobilesafari"),),
        ),
        IDENTIFIER,
    ),
    "notifications": lambda: notifications_payload(
        (
            AppNotifications(
                APP,
                alert=Alert.NONE,
                sounds=False,
                grouping=Grouping.BY_APP,
                preview=Preview.UNLOCKED,
            ),
            AppNotifications(
                "com.example.silent",
                enabled=False,
                in_notification_center=False,
                on_lock_screen=False,
                badges=False,
                in_car=False,
                critical_alerts=True,
            ),
        ),
        IDENTIFIER,
    ),
    "web filter, built in": lambda: web_filter_payload(
        BuiltInFilter(
            block_adult=True,
            permitted=("https://example.org/gut",),
            denied=("example.net/", "https://spiele.example.net"),
            only=(Site("https://example.org/", "Beispiel"),),
            hide_denied=True,
        ),
        IDENTIFIER,
    ),
    "web filter, app": lambda: web_filter_payload(
        AppFilter(
            "Filter",
            APP,
            server="filter.example.org",
            user_name="$SERIAL",
            password=SECRET,
            identity_uuid=UUID,
            organization="Beispielstadt",
            vendor={"group": "pupils", "empty": []},
            app_filter_uuid=OTHER_UUID,
        ),
        IDENTIFIER,
    ),
    "web filter, app for browsers": lambda: web_filter_payload(
        AppFilter("Filter", APP, filter_sockets=False), IDENTIFIER
    ),
    "web filter, app for sockets": lambda: web_filter_payload(
        AppFilter("Filter", APP, filter_browsers=False), IDENTIFIER
    ),
    "dns over https": lambda: dns_settings_payload(
        DnsSettings(
            DnsOverHttps("https://dns.example.org/query", ("192.0.2.53", "2001:db8::53")),
            only_domains=("example.org",),
            rules=DNS_RULES,
            locked=True,
            fall_back=False,
            identity_uuid=UUID,
        ),
        IDENTIFIER,
    ),
    "dns over tls": lambda: dns_settings_payload(
        DnsSettings(DnsOverTls("dns.example.org", ("192.0.2.53",))), IDENTIFIER
    ),
    "dns proxy": lambda: dns_proxy_payload(
        DnsProxy(APP, f"{APP}.provider", {"key": 1}, UUID), IDENTIFIER
    ),
    "proxy, fixed": lambda: global_proxy_payload(
        GlobalProxy(FixedProxy("proxy.example.org", 3128, "ipad", SECRET), True), IDENTIFIER
    ),
    "proxy, scripted": lambda: global_proxy_payload(
        GlobalProxy(ScriptedProxy("http://proxy.example.org/proxy.pac", True)), IDENTIFIER
    ),
    "cellular": lambda: cellular_payload(
        (AccessPoint("internet.example", cellular.Authentication.PAP, "x", SECRET),),
        IDENTIFIER,
        attach=AccessPoint("attach.example", protocols=Protocols.IPV4 | Protocols.IPV6),
    ),
    "network usage": lambda: network_usage_payload(
        (AppUsage((APP, "com.example.*"), False, False), AppUsage(allow_roaming=False)),
        IDENTIFIER,
        sims=(SimUsage(("89490200001234567890",), WifiAssist.EAGER),),
    ),
    "vpn, ikev2": lambda: vpn_payload(
        Vpn("Schule", IKEV2, OnDemand(VPN_RULES, locked=True), all_traffic=True), IDENTIFIER
    ),
    "vpn, ikev2 with a name": lambda: vpn_payload(
        Vpn("Schule", Ikev2("192.0.2.1", "vpn", "ipad", NameAndPassword("$SERIAL", SECRET))),
        IDENTIFIER,
    ),
    "vpn, ikev2 with everything": lambda: vpn_payload(
        Vpn(
            "Schule",
            Ikev2(
                "vpn.example.org",
                "vpn.example.org",
                "ipad",
                DeviceCertificate(UUID, CertificateType.ECDSA_384),
                ike=SecurityAssociation(Cipher.CHACHA, Integrity.SHA_512, 20, 60),
                child=SecurityAssociation(Cipher.AES_256, Integrity.SHA_384, 21, 30),
                forward_secrecy=False,
                dead_peer_detection=DeadPeerDetection.HIGH,
                issuer="Beispielstadt CA",
                server_name="gateway.example.org",
                mtu=1400,
            ),
        ),
        IDENTIFIER,
    ),
    "vpn, app proxy": lambda: vpn_payload(
        Vpn(
            "Schule",
            AppTunnel(
                APP,
                "vpn.example.org",
                provider=ProviderType.APP_PROXY,
                provider_bundle_id=f"{APP}.provider",
            ),
        ),
        IDENTIFIER,
    ),
    "vpn, app": lambda: vpn_payload(Vpn("Schule", APP_TUNNEL), IDENTIFIER),
    "vpn, always on": lambda: vpn_payload(
        Vpn(
            "Schule",
            AlwaysOn(
                IKEV2,
                Ikev2("m.example.org", "vpn", "ipad", SharedSecret(SECRET)),
                beside=frozenset({Around.AIRPRINT}),
                dropped=frozenset({Around.VOICE_MAIL}),
                apps_beside=(APP,),
                switchable=True,
                captive_login=True,
            ),
        ),
        IDENTIFIER,
    ),
    "vpn, per app": lambda: per_app_vpn_payload(
        PerAppVpn(
            "Apps",
            IKEV2,
            UUID,
            match_apps=False,
            safari_domains=("intern.example.org",),
            associated_domains=("example.org",),
            excluded_domains=("example.net",),
            smb_domains=("files.example.org",),
        ),
        IDENTIFIER,
    ),
    "relay": lambda: relay_payload(
        Relay(
            (
                RelayServer(
                    "https://relay.example.org/h3",
                    "https://relay.example.org/h2",
                    {"Authorization": SECRET},
                    UUID,
                    (b"key",),
                ),
            ),
            domains=("example.org",),
            excluded=("example.net",),
            relay_uuid=UUID,
            fall_back=False,
            switchable=False,
        ),
        IDENTIFIER,
    ),
    "web clip": lambda: web_clip_payload(
        WebClip(
            "Stundenplan",
            "https://plan.example.org/?schule=$SCHOOL_NUMBER",
            a_picture(),
            full_screen=True,
            stay_in_clip=True,
            browser=APP,
        ),
        IDENTIFIER,
    ),
    "web clip, removable": lambda: web_clip_payload(
        WebClip("Suche", "https://example.org/", removable=True), IDENTIFIER
    ),
    "airplay": lambda: airplay_payload(
        AirPlay(
            (AirPlayTarget("Raum $SERIAL", MAC.lower()), AirPlayTarget("Raum 102")),
            (AirPlayPassword("Raum $SERIAL", SECRET),),
        ),
        IDENTIFIER,
    ),
    "airprint": lambda: airprint_payload(
        (
            Printer("192.0.2.9", "ipp/print", 631, True),
            Printer("drucker.example.org", "printers/a3"),
        ),
        IDENTIFIER,
    ),
    "conference room": lambda: conference_room_payload("Willkommen in $SCHOOL", IDENTIFIER),
    "airplay security": lambda: airplay_security_payload(
        AirPlaySecurity(SenderCheck.PASSWORD, SECRET), IDENTIFIER
    ),
    "airplay security, by code": lambda: airplay_security_payload(
        AirPlaySecurity(SenderCheck.CODE_EACH_TIME, same_network=False), IDENTIFIER
    ),
    "tv remote": lambda: tv_remote_payload(
        (RemoteTarget(MAC, "Raum 101"), RemoteTarget("01:23:45:67:89:AC")), IDENTIFIER
    ),
    "lock screen": lambda: lock_screen_payload(
        LockScreenTexts("Eigentum von $SCHOOL", "$SERIAL"), IDENTIFIER
    ),
    "classroom": lambda: classroom_payload(
        Classroom(
            UUID,
            "Beispielschule Nord",
            ROSTER,
            "t1",
            ClassroomTrust(UUID, (OTHER_UUID,), (OTHER_UUID,), UUID),
            may_refuse_observation=True,
        ),
        IDENTIFIER,
    ),
    "classroom, shared": lambda: classroom_payload(
        Classroom(
            UUID, "Beispielschule", ROSTER, None, departments=(Department("Englisch", (7,)),)
        ),
        IDENTIFIER,
    ),
    "exchange": lambda: exchange_payload(
        ExchangeAccount(
            "mail.example.org",
            "user-$SERIAL",
            "ipad-$SERIAL@example.org",
            ModernSignIn("https://login.example.org/in", "https://login.example.org/token"),
            services=frozenset({Service.MAIL}),
            locked=True,
            keep_mail_inside=True,
            vpn_uuid=UUID,
        ),
        IDENTIFIER,
    ),
    "exchange, password": lambda: exchange_payload(
        ExchangeAccount("mail.example.org", "u", "u@example.org", StoredPassword(SECRET)),
        IDENTIFIER,
    ),
    "exchange, certificate": lambda: exchange_payload(
        ExchangeAccount("mail.example.org", "u", "u@example.org", StoredCertificate(UUID)),
        IDENTIFIER,
    ),
    "exchange, old mail": lambda: exchange_payload(
        ExchangeAccount("mail.example.org", "u", "u@example.org", past_days=31), IDENTIFIER
    ),
    "google": lambda: google_payload(
        GoogleAccount("ipad-$SERIAL@example.org", "$DEVICE_NAME", "Schule", UUID), IDENTIFIER
    ),
    "caldav": lambda: dav_payload(
        DavAccount(
            DavKind.CALENDARS, "cal.example.org", "$SERIAL", SECRET, "/p/", 8443, "Kalender"
        ),
        IDENTIFIER,
    ),
    "carddav": lambda: dav_payload(
        DavAccount(DavKind.CONTACTS, "card.example.org", "kollegium", use_tls=False, vpn_uuid=UUID),
        IDENTIFIER,
    ),
    "subscribed calendar": lambda: subscribed_calendar_payload(
        SubscribedCalendar("https://ferien.example.org/f.ics", "Ferien", "u", SECRET, UUID),
        IDENTIFIER,
    ),
    "ldap": lambda: ldap_payload(
        LdapDirectory(
            "ldap.example.org",
            (SearchBase("ou=people,dc=example,dc=org", Depth.ONE_LEVEL, "Kollegium"),),
            "cn=ipad",
            SECRET,
            "Verzeichnis",
        ),
        IDENTIFIER,
    ),
    "ldap, open": lambda: ldap_payload(
        LdapDirectory("ldap.example.org", use_tls=False, vpn_uuid=UUID), IDENTIFIER
    ),
    "mail, pop": lambda: mail_payload(
        MailAccount(
            "u@example.org",
            MailServer("pop.example.org", "u", authentication=Authentication.CRAM_MD5),
            MailServer("smtp.example.org", authentication=Authentication.NONE, use_tls=False),
            description="Sekretariat",
            fetching=Fetching.POP,
            vpn_uuid=UUID,
        ),
        IDENTIFIER,
    ),
    "mail": lambda: mail_payload(
        MailAccount(
            "ipad-$SERIAL@example.org",
            MailServer("imap.example.org", "$SERIAL", SECRET, port=993),
            MailServer("smtp.example.org", "$SERIAL", port=465),
            name="$DEVICE_NAME",
            same_password=True,
            keep_mail_inside=True,
        ),
        IDENTIFIER,
    ),
    "single sign-on, redirect": lambda: single_sign_on_payload(
        RedirectSignOn(
            f"{APP}.sso",
            ("https://login.example.org/", "https://sts.example.org/"),
            {"level": 1, "list": []},
            ("com.example.denied",),
            WhenLocked.PASS_ON,
        ),
        IDENTIFIER,
    ),
    "single sign-on, credential": lambda: single_sign_on_payload(
        CredentialSignOn(
            f"{APP}.sso",
            (".example.org",),
            "EXAMPLE.ORG",
            {"level": 2},
            ("com.example.denied",),
            WhenLocked.CANCEL,
        ),
        IDENTIFIER,
    ),
    "kerberos": lambda: single_sign_on_payload(
        KerberosSignOn(
            "SCHULE.EXAMPLE.ORG",
            (".schule.example.org",),
            "ipad-$SERIAL",
            UUID,
            "Nord",
            discover_site=False,
            is_default_realm=True,
            remember_password=False,
            require_presence=True,
            require_tls=True,
            apps=(APP,),
            managed_apps=True,
            domain_controllers=("kdc.example.org",),
            user_name_label="Kürzel",
            help_text="Hilfe im Sekretariat",
            use=CredentialUse.ALWAYS,
        ),
        IDENTIFIER,
    ),
    "font": lambda: font_payload(Font("Grundschrift", b"OTTO" + bytes(60)), IDENTIFIER),
    "managed domains": lambda: managed_domains_payload(
        ManagedDomains(
            ("example.org", "*.example.org"),
            ("*.example.org/intern", "https://example.org:8443"),
            ("login.example.org",),
            ("lernen.example.org",),
            (APP,),
        ),
        IDENTIFIER,
    ),
    "setup assistant": lambda: setup_assistant_payload(["Siri", "Intelligence"], IDENTIFIER),
    "removal password": lambda: removal_password_payload(SECRET, IDENTIFIER),
    "certificate transparency": lambda: certificate_transparency_payload(
        (DIGEST,), (".example.org",), IDENTIFIER
    ),
    "certificate revocation": lambda: certificate_revocation_payload((DIGEST,), IDENTIFIER),
}
