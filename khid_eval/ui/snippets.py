"""Code samples of one call, ready to run. Pure text: values are quoted for their language, secrets stay outside.

Every sample reads its secret from the environment and prints the answer; none holds one.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from khid_eval.contract import path_for

Auth = Literal["token", "keys", "none"]
_BEYOND_SDK = ("return_text_location",)
"""Our own extension: the official SDK's request has no such attribute."""


@dataclass(frozen=True, slots=True)
class Call:
    """What the samples do. switches: the Boolean parameters that are true. url: instead of the file of photo_path."""

    endpoint: str
    project_id: str
    switches: tuple[str, ...] = ()
    url: str = ""
    photo_path: str = "card.jpg"
    enterprise_project_id: str = ""
    auth: Auth = "token"

    @property
    def address(self) -> str:
        """The whole URL of the call."""
        return self.endpoint.rstrip("/") + path_for(self.project_id)

    @property
    def headers(self) -> dict[str, str]:
        """Headers without secrets."""
        given = {"Enterprise-Project-Id": self.enterprise_project_id} if self.enterprise_project_id else {}
        return {"Content-Type": "application/json", **given}


def curl(call: Call) -> str:
    """For a shell with curl and base64."""
    headers = [f"  -H {shlex.quote(f'{name}: {value}')} \\" for name, value in call.headers.items()]
    if call.auth != "none":
        headers.append('  -H "X-Auth-Token: $KHID_TOKEN" \\')
    send = [f"curl --silent --show-error -X POST {shlex.quote(call.address)} \\", *headers]
    if call.url:
        body = json.dumps({"url": call.url, **dict.fromkeys(call.switches, True)})
        return "\n".join([*send, f"  --data-binary {shlex.quote(body)}"])
    rest = "".join(f', "{name}": true' for name in call.switches)
    return "\n".join(
        [
            '{ printf \'{"image": "\'',
            f"  base64 < {shlex.quote(call.photo_path)} | tr -d '\\n'",
            f"  printf {shlex.quote(chr(34) + rest + '}')}",
            "} | " + send[0],
            *send[1:],
            "  --data-binary @-",
        ]
    )


def python_requests(call: Call) -> str:
    """For Python 3 with the package requests."""
    lines = [
        "import base64",
        "import os" if call.auth != "none" else "",
        "from pathlib import Path",
        "",
        "import requests",
        "",
    ]
    lines = [one for one in lines[:3] if one and not (call.url and one != "import os")] + lines[3:]
    headers = {name: json.dumps(value) for name, value in call.headers.items()}
    if call.auth != "none":
        headers["X-Auth-Token"] = 'os.environ["KHID_TOKEN"]'
    body = {"url": json.dumps(call.url)} if call.url else {"image": _python_image(call)}
    body |= dict.fromkeys(call.switches, "True")
    return "\n".join(
        [
            *lines,
            "answer = requests.post(",
            f"    {json.dumps(call.address)},",
            *_python_dict("headers", headers),
            *_python_dict("json", body),
            "    timeout=30,",
            ")",
            "print(answer.status_code, answer.json())",
        ]
    )


def _python_image(call: Call) -> str:
    return f'base64.b64encode(Path({json.dumps(call.photo_path)}).read_bytes()).decode("ascii")'


def _python_dict(name: str, entries: Mapping[str, str]) -> list[str]:
    return [f"    {name}={{", *(f'        "{key}": {value},' for key, value in entries.items()), "    },"]


def python_sdk(call: Call) -> str:
    """For Python 3 with the vendor's package huaweicloudsdkocr, which signs with access and secret key."""
    source = f"url={json.dumps(call.url)}" if call.url else f"image={_python_image(call)}"
    switches = [f"    {name}=True," for name in call.switches if name not in _BEYOND_SDK]
    keys = ('"any"', '"any"') if call.auth == "none" else ('os.environ["KHID_AK"]', 'os.environ["KHID_SK"]')
    project = f", enterprise_project_id={json.dumps(call.enterprise_project_id)}" if call.enterprise_project_id else ""
    imports = ["import base64"] if not call.url else []
    imports += ["import os"] if call.auth != "none" else []
    imports += ["from pathlib import Path"] if not call.url else []
    return "\n".join(
        [
            *imports,
            *([""] if imports else []),
            "from huaweicloudsdkcore.auth.credentials import BasicCredentials",
            "from huaweicloudsdkocr.v1 import CambodianIdCardRequestBody, OcrClient, RecognizeCambodianIdCardRequest",
            "",
            f"credentials = BasicCredentials({keys[0]}, {keys[1]}, {json.dumps(call.project_id)})",
            f"endpoint = {json.dumps(call.endpoint)}",
            "client = OcrClient.new_builder().with_credentials(credentials).with_endpoint(endpoint).build()",
            "body = CambodianIdCardRequestBody(",
            f"    {source},",
            *switches,
            ")",
            f"answer = client.recognize_cambodian_id_card(RecognizeCambodianIdCardRequest(body=body{project}))",
            "print(answer.status_code, answer.to_dict())",
        ]
    )


def javascript(call: Call) -> str:
    """For Node.js 18 or later, as an ES module (.mjs)."""
    headers = {name: json.dumps(value) for name, value in call.headers.items()}
    if call.auth != "none":
        headers["X-Auth-Token"] = "process.env.KHID_TOKEN"
    image = f'(await readFile({json.dumps(call.photo_path)})).toString("base64")'
    body = {"url": json.dumps(call.url)} if call.url else {"image": image}
    body |= dict.fromkeys(call.switches, "true")
    return "\n".join(
        [
            *([] if call.url else ['import { readFile } from "node:fs/promises";', ""]),
            f"const answer = await fetch({json.dumps(call.address)}, {{",
            '  method: "POST",',
            "  headers: {",
            *(f'    "{name}": {value},' for name, value in headers.items()),
            "  },",
            "  body: JSON.stringify({",
            *(f"    {name}: {value}," for name, value in body.items()),
            "  }),",
            "});",
            "console.log(answer.status, await answer.json());",
        ]
    )


def java(call: Call) -> str:
    """For Java 11 or later, without any library: save as ReadCard.java and start it with `java ReadCard.java`."""
    headers = [f"            .header({_java_text(name)}, {_java_text(value)})" for name, value in call.headers.items()]
    if call.auth != "none":
        headers.append('            .header("X-Auth-Token", System.getenv("KHID_TOKEN"))')
    files = (
        [] if call.url else ["import java.nio.file.Files;", "import java.nio.file.Path;", "import java.util.Base64;"]
    )
    return "\n".join(
        [
            "import java.net.URI;",
            "import java.net.http.HttpClient;",
            "import java.net.http.HttpRequest;",
            "import java.net.http.HttpResponse;",
            *files,
            "",
            "public class ReadCard {",
            "    public static void main(String[] arguments) throws Exception {",
            _java_body(call),
            f"        HttpRequest request = HttpRequest.newBuilder(URI.create({_java_text(call.address)}))",
            *headers,
            "            .POST(HttpRequest.BodyPublishers.ofString(body))",
            "            .build();",
            "        HttpResponse<String> answer =",
            "            HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());",
            '        System.out.println(answer.statusCode() + " " + answer.body());',
            "    }",
            "}",
        ]
    )


def _java_body(call: Call) -> str:
    """The lines that make the request's body."""
    rest = "".join(f', "{name}": true' for name in call.switches) + "}"
    if call.url:
        return f"        String body = {_java_text(json.dumps({'url': call.url})[:-1] + rest)};"
    photo = f"Files.readAllBytes(Path.of({_java_text(call.photo_path)}))"
    return "\n".join(
        [
            f"        String image = Base64.getEncoder().encodeToString({photo});",
            f'        String body = "{{\\"image\\": \\"" + image + {_java_text(chr(34) + rest)};',
        ]
    )


def _java_text(text: str) -> str:
    """A Java string literal; JSON's escapes are Java's too."""
    return json.dumps(text)


SAMPLES: Mapping[str, tuple[str, Callable[[Call], str]]] = MappingProxyType(
    {
        "curl": ("bash", curl),
        "Python requests": ("python", python_requests),
        "Python SDK": ("python", python_sdk),
        "JavaScript": ("javascript", javascript),
        "Java": ("java", java),
    }
)
"""Name on the screen -> language for colouring, function."""

__all__ = ["SAMPLES", "Auth", "Call", "curl", "java", "javascript", "python_requests", "python_sdk"]
