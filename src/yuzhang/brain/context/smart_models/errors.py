"""What can go wrong with data models. An entity that breaks a rule of its model is BadRequestData, as any other.

YuzhangError
└── InputRefused
    ├── ModelUnreadable     422  a file is no data model, or something it refers to is not at hand
    ├── ModelAmbiguous      422  several models have that name
    ├── NotFound
    │   └── ModelNotFound   404
    └── Conflict
        └── ModelInUse      409  a tenant's entities are checked against it
"""

from yuzhang.core.errors import Conflict, InputRefused, NotFound
from yuzhang.core.language import Title


class ModelUnreadable(InputRefused):
    """A file is no data model, or something it refers to is not at hand; nothing was imported."""

    code = "model-unreadable"
    title = Title("无法读取数据模型", "The data model cannot be read")


class ModelAmbiguous(InputRefused):
    """Several models have that name; name it with its subject."""

    code = "model-ambiguous"
    title = Title("数据模型名称不唯一", "Several data models have that name")


class ModelNotFound(NotFound):
    """No model of that name is kept, or lies in the folder."""

    code = "model-not-found"
    title = Title("找不到数据模型", "Data model not found")


class ModelInUse(Conflict):
    """Tenants have their entities checked against the model."""

    code = "model-in-use"
    title = Title("数据模型正在使用", "The data model is in use")
