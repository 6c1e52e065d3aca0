"""What can be wrong with a file that should hold a plan.

InputRefused
├── FileTooLarge        more bytes, characters or pages than a plan ever has; or a docx that unpacks to more
├── FormatUnknown       neither txt nor docx nor pdf
├── FileDamaged         a docx or pdf that cannot be opened
├── EncodingUnknown     a text that is neither UTF-8 nor GB18030
├── TextEmpty           no words in it (an empty file, a scanned pdf)
└── FileMissing         404
"""

from yuzhang.core.errors import InputRefused, NotFound
from yuzhang.core.language import Title


class FileTooLarge(InputRefused):
    """More than a plan ever has; refused before it fills the memory."""

    code = "plan-file-too-large"
    status = 413
    title = Title("文件过大", "The file is too large")


class FormatUnknown(InputRefused):
    """Neither a text, nor a Word file, nor a pdf."""

    code = "plan-format-unknown"
    status = 415
    title = Title("文件格式不支持", "The file's format is not known")


class FileDamaged(InputRefused):
    """The file says it is docx or pdf, but cannot be opened as such."""

    code = "plan-file-damaged"
    title = Title("文件已损坏", "The file is damaged")


class EncodingUnknown(InputRefused):
    """The bytes are neither UTF-8 nor GB18030 text."""

    code = "plan-encoding-unknown"
    title = Title("文字编码无法识别", "The text's encoding is not known")


class TextEmpty(InputRefused):
    """There is no text to read."""

    code = "plan-text-empty"
    title = Title("没有文字", "There is no text")


class FileMissing(NotFound):
    """The file is not there."""

    code = "plan-file-missing"
    title = Title("找不到文件", "The file was not found")
