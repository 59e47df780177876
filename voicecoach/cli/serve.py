"""``voicecoach serve``: practice in the browser, for one person or for a whole onboarding session."""

import argparse

from voicecoach.web.settings import Settings, default_limit


def serve(arguments: argparse.Namespace) -> int:
    """Run the server until Ctrl-C."""
    import uvicorn

    from voicecoach.web.app import make_app

    settings = Settings(
        solo=arguments.solo,
        port=arguments.port,
        model=arguments.model,
        calls=arguments.calls or default_limit(),
    )
    print("Loading the recognizer and the judge …", flush=True)
    app = make_app(settings)
    print(f"Open http://{settings.host}:{settings.port}/ in a browser on this machine. Ctrl-C ends it.", flush=True)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        ws_max_size=256 * 1024,
        ws_ping_interval=10,
        ws_ping_timeout=20,
        server_header=False,
    )
    return 0
