"""What the simulated Space's app says of itself: the template of text-to-image Spaces, as gradio 6.31 described it.

Read from a running app on 2026-11-20; only what no client needs is left out.
"""

from typing import Any

Setting = tuple[str, str, str, dict[str, Any]]  # parameter, component, label, further properties

SETTINGS: tuple[Setting, ...] = (
    ("prompt", "textbox", "Prompt", {}),
    ("negative_prompt", "textbox", "Negative prompt", {}),
    ("seed", "slider", "Seed", {"minimum": 0, "maximum": 2147483647, "value": 0, "step": 1}),
    ("randomize_seed", "checkbox", "Randomize seed", {"value": True}),
    ("width", "slider", "Width", {"minimum": 16, "maximum": 1024, "value": 32, "step": 16}),
    ("height", "slider", "Height", {"minimum": 16, "maximum": 1024, "value": 32, "step": 16}),
    ("guidance_scale", "slider", "Guidance scale", {"minimum": 0.0, "maximum": 10, "value": 0.0, "step": 0.1}),
    ("num_inference_steps", "slider", "Number of inference steps", {"minimum": 1, "maximum": 50, "value": 2}),
)


def config(prefix: str = "/gradio_api") -> dict[str, Any]:
    """The app's /config: components 1 to 8 are what it is asked for, 9 is the picture."""
    components = [
        {"id": number, "type": kind, "props": {"label": label, **more}, "skip_api": False}
        for number, (_, kind, label, more) in enumerate(SETTINGS, 1)
    ]
    draws = {
        "id": 0,
        "api_name": "infer",
        "inputs": [each["id"] for each in components],
        "outputs": [9, 3],
        "backend_fn": True,
        "queue": True,
        "api_visibility": "public",
        "types": {"generator": False, "cancel": False},
    }
    picture = {"id": 9, "type": "image", "props": {"label": "Result"}, "skip_api": False}
    named = {"api_prefix": prefix} if prefix else {}
    return {
        "version": "6.31.0" if prefix else "4.44.1",
        "protocol": "sse_v3",
        "mode": "blocks",
        "enable_queue": True,
        **named,
        "components": [*components, picture],
        "dependencies": [draws],
    }


def info() -> dict[str, Any]:
    """The app's /info: the parameters of its one named endpoint."""
    parameters = [{"parameter_name": name, "label": label} for name, _, label, _ in SETTINGS]
    returns = [{"label": "Result"}, {"label": "Seed"}]
    return {"named_endpoints": {"/infer": {"parameters": parameters, "returns": returns}}, "unnamed_endpoints": {}}
