"""Saved models: folders of JSON and safetensors."""
