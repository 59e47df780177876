"""``voicecoach serve``: practice in the browser, for one person or for a whole onboarding session."""

import argparse
import http.client
import json
import ssl
from typing import Any, Final

from voicecoach.errors import InputError, MissingError
from voicecoach.web.settings import Settings, default_limit

MAX_SOCKETS: Final = 200
"""Open connections; a class of fifty with a board each has room."""
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
TRUST: Final = """\
Browsers do not know this server's certificate. Whoever opens the address for the first time sees a warning: compare the
fingerprint there (SHA-256) with this one, then go on. Or bring a certificate that they know: --certificate and --key.
{fingerprint}"""


def serve(arguments: argparse.Namespace) -> int:
    """Run the server until Ctrl-C."""
    if arguments.status:
        return _status(arguments.port)
    if arguments.solo and arguments.host not in LOOPBACK:
        raise InputError("--solo is for one person on this machine. For others, leave --solo away.")
    import uvicorn

    from voicecoach.web.app import make_app

    names, secure = _security(arguments)
    settings = Settings(
        solo=arguments.solo,
        host=arguments.host,
        port=arguments.port,
        names=tuple(names),
        model=arguments.model,
        calls=arguments.calls or default_limit(),
        database=arguments.database,
        secure=bool(secure),
    )
    print("Loading the recognizer and the judge …", flush=True)
    app, first_link = make_app(settings)
    shown = names[-1] if names else settings.host
    url = f"{'https' if secure else 'http'}://{shown}:{settings.port}"
    if first_link:
        print("Nobody is here yet. Make the trainer's account; this link works once, for 24 hours:")
        print(f"{url}/setup?link={first_link}")
    where = "here or on another machine" if secure else "on this machine"
    print(f"Open {url}/ in a browser {where}. Ctrl-C ends it.", flush=True)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        limit_concurrency=MAX_SOCKETS,
        ws_max_size=256 * 1024,
        ws_per_message_deflate=False,  # sound does not shrink, and packing it costs every call processor time
        ws_ping_interval=10,
        ws_ping_timeout=20,
        server_header=False,
        timeout_graceful_shutdown=5,
        **secure,
    )
    return 0


def _security(arguments: argparse.Namespace) -> tuple[list[str], dict[str, Any]]:
    """Return the further names that the server answers to, and uvicorn's settings for HTTPS; none on the loopback."""
    if arguments.host in LOOPBACK and not arguments.certificate:
        return list(arguments.name), {}
    from voicecoach.places import data_folder
    from voicecoach.web.certificate import given, names_of_this_machine, own

    names = [*arguments.name, *names_of_this_machine(arguments.host)]
    if bool(arguments.certificate) != bool(arguments.key):
        raise InputError("--certificate and --key belong together: give both, or neither.")
    if arguments.certificate:
        found = given(arguments.certificate, arguments.key)
    else:
        found = own(data_folder() / "served", names)
        print(TRUST.format(fingerprint=found.fingerprint))
    return names, {"ssl_certfile": str(found.certificate), "ssl_keyfile": str(found.key)}


def _status(port: int) -> int:
    """Print how the server on this machine is; it may speak HTTP or HTTPS."""
    for connection in (
        http.client.HTTPConnection("127.0.0.1", port, timeout=5),
        http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=_trusting()),
    ):
        try:
            connection.request("GET", "/status")
            answer = connection.getresponse()
            numbers = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            continue
        finally:
            connection.close()
        for name, value in numbers.items():
            print(f"{name.replace('_', ' '):<22}{value}")
        return 0
    raise MissingError(f"No server answers on port {port} of this machine. Start one: voicecoach serve")


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # this machine asks itself
    return context
