"""The section `[inference]` of `config.toml`: which models answer, with what parameters, and how long they may take.

Secrets are not here: HF_TOKEN and INFERENCE_API_KEY come from the environment.
"""

from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from bot.section import Names, Section


def _unset(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0):
        raise ValueError("it must be an http:// or https:// address")
    if parts.username is not None or parts.password is not None:
        raise ValueError("it must not hold a password; INFERENCE_API_KEY is the place for a server's key")
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]

# TOML has no null: "" means that the parameter is not sent, so that the model's own default holds.
_Unset = BeforeValidator(_unset)
_Temperature = Annotated[Annotated[float, Field(ge=0, le=2)] | None, _Unset]
_Share = Annotated[Annotated[float, Field(gt=0, le=1)] | None, _Unset]
_Count = Annotated[Annotated[int, Field(ge=1)] | None, _Unset]
_Seed = Annotated[Annotated[int, Field(ge=0)] | None, _Unset]
_Penalty = Annotated[Annotated[float, Field(ge=-2, le=2)] | None, _Unset]


TemplateName = Literal["", "llama2", "chatml", "zephyr", "mistral", "vicuna", "falcon"]
"""How a conversation is written for a server that only continues texts (`templates.py`)."""


class InferenceConfig(Section):
    base_url: Url = Field(
        "",
        description="an OpenAI-compatible server or a dedicated endpoint; empty: Hugging Face's router",
    )
    models: Names = Field(
        ("openai/gpt-oss-20b", "Qwen/Qwen3-32B", "meta-llama/Llama-3.1-8B-Instruct"),
        description="the first that is served wins, the others stand in for it; with base_url the list may be empty",
    )
    template: TemplateName = Field(
        "",
        description="for a base_url that knows no chat: llama2, chatml, zephyr, mistral, vicuna or falcon",
    )
    hub_url: Url = Field("https://huggingface.co", description="where models, Spaces and the token are looked up")
    tasks_url: Url = Field(
        "",
        description="where tasks other than chat are sent, instead of https://router.huggingface.co",
    )
    guide_url: Url = Field(
        "",
        description="where the offline guide is asked, over the network as a model is; empty: in this process",
    )
    temperature: _Temperature = Field(None, description="0 is sober, 2 is wild; empty: as the model's makers chose")
    top_p: _Share = Field(None, description="only the likeliest words that make up this share; empty: not sent")
    top_k: _Count = Field(None, description="only so many of the likeliest words; empty: not sent")
    seed: _Seed = Field(None, description="makes answers repeatable, where a provider can; empty: not sent")
    frequency_penalty: _Penalty = Field(None, description="above 0, words grow rarer with each use; empty: not sent")
    presence_penalty: _Penalty = Field(None, description="above 0, new words are preferred; empty: not sent")
    max_tokens: int = Field(2048, ge=1, description="the longest answer, thinking included; it bounds what one costs")
    stop: Names = Field((), description="an answer ends before any of these")
    bill_to: str = Field("", pattern=r"^[\w.-]*$", description="the Hugging Face organisation that pays; empty: you")
    window: int = Field(8192, ge=512, description="tokens that a model can look at, where the router's list is silent")
    first_token_seconds: float = Field(60.0, gt=0, description="a provider that says nothing for longer counts as dead")
    between_tokens_seconds: float = Field(30.0, gt=0, description="an answer that pauses longer is marked as cut off")
    total_seconds: float = Field(300.0, gt=0, description="the longest that one answer may take")
    max_bytes: int = Field(1_048_576, ge=1024, description="an answer without end is cut here")
    max_stream_bytes: int = Field(
        134_217_728,
        ge=65_536,
        description="the same on the wire, where every word comes wrapped in JSON",
    )
    concurrent: int = Field(64, ge=1, description="answers made at the same time; further questions wait")
    retries: int = Field(2, ge=0, le=5, description="how often a busy model is asked again")
    breaker_failures: int = Field(3, ge=1, description="failures in a row after which a model is left in peace")
    breaker_seconds: float = Field(30.0, gt=0, description="how long it is left in peace before one question tries it")

    @model_validator(mode="after")
    def _template_needs_a_server(self) -> Self:
        if self.template and not self.base_url:
            raise ValueError("template needs base_url: Hugging Face's router knows chat itself")
        return self

    @model_validator(mode="after")
    def _router_needs_a_name(self) -> Self:
        if not self.base_url and not any(self.models):
            raise ValueError("models must name at least one model, unless base_url is set")
        return self


class TasksConfig(Section):
    """`[tasks]`: the default model of each task that is not chat, and how much one task may take."""

    sentiment: str = Field(
        "lxyuan/distilbert-base-multilingual-cased-sentiments-student",
        description="text classification, for /sentiment",
    )
    entities: str = Field(
        "dbmdz/bert-large-cased-finetuned-conll03-english", description="token classification, for /entities"
    )
    complete: str = Field("Qwen/Qwen2.5-7B", description="text generation by a base model, for /complete")
    imagine: Names = Field(
        ("black-forest-labs/FLUX.1-schnell", "stabilityai/stable-diffusion-xl-base-1.0"),
        description="pictures, for /imagine; spaces/OWNER/NAME is a model that only a Space serves",
    )
    recall: str = Field("intfloat/multilingual-e5-small", description="feature extraction, for /recall")
    negative_prompt: str = Field("nsfw, nude, sexual, gore", description="what /imagine keeps out of every picture")
    seconds: float = Field(
        120.0, gt=0, description="the longest that a task may take, and as long again where its model has to be loaded"
    )
    concurrent: int = Field(8, ge=1, description="tasks done at the same time; further ones wait")
    max_file_bytes: int = Field(10_485_760, ge=65_536, description="larger pictures and sounds are refused")
