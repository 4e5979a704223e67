"""What classify needs to know beside what every service does."""

from pathlib import Path

from pydantic import Field

from chassis.settings import Settings
from services.classify.model import MODEL


class ClassifySettings(Settings):
    """Of the classify service."""

    model_path: Path = Field(default=MODEL, description="Folder of the weights; amends train writes one of your own")
    taxonomy_path: Path | None = Field(
        default=None, description="YAML file with topics of your own and example sentences; amends taxonomy check"
    )
    second_stage: bool = Field(
        default=True, description="Read again what the first stage is unsure of; needs onnxruntime"
    )
    second_stage_seconds_max: float = Field(
        default=1.0, ge=0, le=30, description="What it may take of one batch; the rest keeps the first stage's answer"
    )
    second_stage_threads: int = Field(default=1, ge=1, le=16, description="Processors one batch may keep busy")
