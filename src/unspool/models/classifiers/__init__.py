"""Networks that tell which class a sequence belongs to."""

from unspool.models.classifiers.specs import (
    CLASSIFIERS,
    BidirectionalClassifier,
    ClassifierSpec,
    FcnClassifier,
    GruClassifier,
    InceptionClassifier,
    LstmClassifier,
    ResNetClassifier,
    TcnClassifier,
)

__all__ = [
    "CLASSIFIERS",
    "BidirectionalClassifier",
    "ClassifierSpec",
    "FcnClassifier",
    "GruClassifier",
    "InceptionClassifier",
    "LstmClassifier",
    "ResNetClassifier",
    "TcnClassifier",
]
