"""Target -> CardReader: the one place that knows both the embedded engine and the API's client."""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from khid_eval.client import (
    DEFAULT_REGION,
    NO_RETRY,
    ApiAuth,
    ApiReader,
    FixedToken,
    IamAccount,
    IamTokens,
    KeyAuth,
    Retrier,
    RetryPolicy,
    TokenAuth,
    iam_endpoint,
    is_region,
    ocr_endpoint,
    region_of,
    split_url,
)
from khid_eval.errors import BadData, BadRequest
from khid_eval.records import CardReader, ReadOptions

EMBEDDED = "embedded"
API = "api"
TESSERACT = "tesseract"
"""Stock Tesseract, the baseline that is always at hand where the program is installed."""

_log = logging.getLogger(__name__)
_LOCAL_PROJECT = "default"
"""A server of one's own does not ask for a project, but its path has a place for one."""


@dataclass(frozen=True, slots=True)
class Target:
    """What reads the cards, without any secret: it may stand in a run's folder and travel to workers.

    kind: "embedded" (the engine in this process), "tesseract" (a stock baseline) or "api". The other fields are for
    "api": endpoint (scheme, host, port, perhaps a path before the API's own), project_id ("" lets the environment say
    it), region (of the tokens; "" where the endpoint is not the vendor's), enterprise_project_id. options: what is
    asked beside the 14 fields.
    """

    kind: str = EMBEDDED
    endpoint: str = ""
    project_id: str = ""
    region: str = ""
    enterprise_project_id: str = ""
    options: ReadOptions = field(default_factory=ReadOptions)

    def __post_init__(self) -> None:
        if self.kind not in (EMBEDDED, API, TESSERACT) or (self.kind == API) != bool(self.endpoint):
            raise ValueError('a target is "embedded", "tesseract", or "api" with an endpoint')

    @classmethod
    def parse(
        cls,
        text: str,
        *,
        project_id: str = "",
        enterprise_project_id: str = "",
        options: ReadOptions | None = None,
    ) -> Target:
        """What a person means by "embedded", "tesseract", an endpoint's URL or a vendor's region ("ap-southeast-3").

        A URL may have the API's whole path; its project ID is used then. Raises BadRequest for anything else, and for a
        URL with a user name or password in it.
        """
        asked = options or ReadOptions()
        text = text.strip()
        if text in ("", EMBEDDED):
            return cls(options=asked)
        if text == TESSERACT:
            return cls(kind=TESSERACT, options=asked)
        endpoint, project_in_path = split_url(ocr_endpoint(text) if is_region(text) else text)
        return cls(
            kind=API,
            endpoint=endpoint,
            project_id=project_id or project_in_path,
            region=region_of(endpoint),
            enterprise_project_id=enterprise_project_id,
            options=asked,
        )

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Target:
        """The target that as_dict gave. Raises TypeError or ValueError for something else."""
        return cls(**{**saved, "options": ReadOptions(**saved["options"])})

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; there is no secret in it."""
        return asdict(self)

    def __str__(self) -> str:
        return self.endpoint or self.kind


@dataclass(frozen=True, slots=True)
class Credentials:
    """How to prove who calls; the first complete way is used: token, access and secret key, IAM account, or nothing.

    security_token: with temporary keys. project_name: scope of an IAM token, by default the region. iam_endpoint: by
    default that of the region. Nothing of it appears in repr.
    """

    token: str = field(default="", repr=False)
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    security_token: str = field(default="", repr=False)
    domain: str = field(default="", repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    project_id: str = field(default="", repr=False)
    project_name: str = field(default="", repr=False)
    iam_endpoint: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Credentials:
        """From the variables of ENVIRONMENT; an empty or missing variable counts as not given."""
        given = os.environ if environment is None else environment
        found = {
            name: next((given[one] for one in variables if given.get(one)), "")
            for name, variables in ENVIRONMENT.items()
        }
        return cls(**found)

    def __bool__(self) -> bool:
        """Whether there is any complete way to prove who calls."""
        return bool(self.token or (self.access_key and self.secret_key) or (self.user and self.password))


ENVIRONMENT: Mapping[str, tuple[str, ...]] = {
    "token": ("KHID_TOKEN",),
    "access_key": ("KHID_AK", "HUAWEICLOUD_SDK_AK"),
    "secret_key": ("KHID_SK", "HUAWEICLOUD_SDK_SK"),
    "security_token": ("KHID_SECURITY_TOKEN", "HUAWEICLOUD_SDK_SECURITY_TOKEN"),
    "domain": ("KHID_DOMAIN",),
    "user": ("KHID_USER",),
    "password": ("KHID_PASSWORD",),
    "project_id": ("KHID_PROJECT_ID", "HUAWEICLOUD_SDK_PROJECT_ID"),
    "project_name": ("KHID_PROJECT_NAME",),
    "iam_endpoint": ("KHID_IAM_ENDPOINT", "HUAWEICLOUD_SDK_IAM_ENDPOINT"),
}
"""Field of Credentials -> environment variables; the first that is set wins, the official SDK's own stand last."""


def build(
    target: Target,
    credentials: Credentials | None = None,
    *,
    retrier: Retrier | None = None,
    timeout_s: float = 30.0,
    threads: int = 1,
) -> CardReader:
    """A reader for that target.

    credentials: None takes those of the environment; an empty Credentials means none at all. retrier: when calls are
    tried again; Retrier(NO_RETRY) switches that off for a caller that does so itself. timeout_s: for one answer.
    threads: of the embedded engine. Raises BadRequest (credentials or project missing or incomplete), AuthError (they
    have characters that none has) and BadData (the engine's models are missing).
    """
    if target.kind == EMBEDDED:
        return _engine(threads)
    if target.kind == TESSERACT:
        from khid_eval.baselines.tesseract import TesseractReader

        return TesseractReader()
    given = Credentials.from_environment() if credentials is None else credentials
    project_id = target.project_id or given.project_id or _project_for(target)
    _warn_of_open_line(target, given)
    return ApiReader(
        target.endpoint,
        project_id,
        _auth(target, given, project_id),
        enterprise_project_id=target.enterprise_project_id,
        timeout_s=timeout_s,
        retrier=retrier,
    )


def _engine(threads: int) -> CardReader:
    from khid_eval.engine import EngineReader  # ONNX Runtime and OpenCV: only for those who need them

    try:
        return EngineReader(threads=threads)
    except FileNotFoundError as exc:
        raise BadData(
            "The models of the embedded engine are missing.", advice="Install khid-eval again, whole."
        ) from exc


def _project_for(target: Target) -> str:
    if target.region:
        raise BadRequest(
            "The vendor's cloud needs the ID of your project.",
            advice="Set KHID_PROJECT_ID to the project ID of the endpoint's region.",
        )
    return _LOCAL_PROJECT


def _auth(target: Target, given: Credentials, project_id: str) -> ApiAuth:
    if given.token:
        return TokenAuth(FixedToken(given.token))
    if given.access_key and given.secret_key:
        return KeyAuth(given.access_key, given.secret_key, project_id=project_id, security_token=given.security_token)
    if given.user and given.password:
        return TokenAuth(_tokens(target, given))
    if target.region:
        raise BadRequest(
            "The vendor's cloud needs credentials and none were found.",
            advice="Set KHID_TOKEN, or KHID_AK and KHID_SK, or KHID_DOMAIN, KHID_USER and KHID_PASSWORD.",
        )
    return ApiAuth()


def _tokens(target: Target, given: Credentials) -> IamTokens:
    if not given.domain or not (given.iam_endpoint or target.region):
        raise BadRequest(
            "The IAM account is incomplete.",
            advice="Set KHID_DOMAIN to the account's name, and KHID_IAM_ENDPOINT unless the target is the vendor's.",
        )
    region = target.region or DEFAULT_REGION
    account = IamAccount(given.domain, given.user, given.password, project_name=given.project_name or region)
    return IamTokens(account, given.iam_endpoint or iam_endpoint(region))


def _warn_of_open_line(target: Target, given: Credentials) -> None:
    parts = urlsplit(target.endpoint)
    if parts.scheme == "http" and given and not _is_loopback(parts.hostname or ""):
        _log.warning("Credentials and photos go to %s unencrypted; use https.", parts.hostname)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


__all__ = [
    "API",
    "EMBEDDED",
    "ENVIRONMENT",
    "NO_RETRY",
    "TESSERACT",
    "Credentials",
    "Retrier",
    "RetryPolicy",
    "Target",
    "build",
]
