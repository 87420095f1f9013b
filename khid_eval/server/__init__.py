"""HTTP in front of any CardReader that is handed to it: the API's contract on one's own machine. Knows no OCR."""

from khid_eval.server.access import Access, load_access
from khid_eval.server.app import create_app
from khid_eval.server.faults import parse_faults
from khid_eval.server.fetch import FetchRules, fetch
from khid_eval.server.service import ServerSettings
from khid_eval.server.serving import listen, serve, url_of

__all__ = [
    "Access",
    "FetchRules",
    "ServerSettings",
    "create_app",
    "fetch",
    "listen",
    "load_access",
    "parse_faults",
    "serve",
    "url_of",
]
