"""Can SAPIEN render here?  Asked of Vulkan itself, in tens of milliseconds and without importing SAPIEN.

What SAPIEN 3 demands of a device is taken from its renderer: three features, one extension and a queue family that does
graphics and compute.  Standard library only.
"""

from __future__ import annotations

import ctypes
import importlib.util
import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

API_1_2 = (1 << 22) | (2 << 12)
ERROR_INCOMPATIBLE_DRIVER = -9
DEVICE_TYPES = ("other", "integrated", "discrete", "virtual", "cpu")
DYNAMIC_STATE = "VK_EXT_extended_dynamic_state"
RAY_TRACING = "VK_KHR_ray_tracing_pipeline"
GRAPHICS_AND_COMPUTE = 0x1 | 0x2

# Vulkan structure types (sType) and, in units of a VkBool32, where a feature lies behind the 16-byte structure header.
INSTANCE_CREATE_INFO = 1
FEATURES_2, DESCRIPTOR_INDEXING, TIMELINE_SEMAPHORE = 1000059000, 1000161001, 1000207000
INDEPENDENT_BLEND, PARTIALLY_BOUND, TIMELINE = 3, 17, 0


@dataclass(frozen=True)
class Device:
    """One Vulkan device.  missing: what SAPIEN needs and it lacks, empty if SAPIEN can render with it."""

    name: str
    kind: str
    api: str
    missing: tuple[str, ...]
    ray_tracing: bool


@dataclass(frozen=True)
class Probe:
    """What Vulkan offers.  problem: why no device is fit, or None."""

    devices: tuple[Device, ...]
    problem: str | None

    @property
    def ok(self) -> bool:
        return self.problem is None


class _ApplicationInfo(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("application", ctypes.c_char_p),
        ("application_version", ctypes.c_uint32),
        ("engine", ctypes.c_char_p),
        ("engine_version", ctypes.c_uint32),
        ("api_version", ctypes.c_uint32),
    )


class _InstanceCreateInfo(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("application", ctypes.POINTER(_ApplicationInfo)),
        ("layer_count", ctypes.c_uint32),
        ("layers", ctypes.c_void_p),
        ("extension_count", ctypes.c_uint32),
        ("extensions", ctypes.c_void_p),
    )


def probe() -> Probe:
    """List the Vulkan devices and judge each by SAPIEN's needs."""
    vulkan = _load()
    if vulkan is None:
        return Probe((), "no Vulkan loader (libvulkan.so.1) is installed")
    try:
        with _instance(vulkan) as instance:
            devices = tuple(_describe(vulkan, handle) for handle in _handles(vulkan, instance))
    except _VulkanError as error:
        return Probe((), str(error))
    if not devices:
        return Probe((), "Vulkan lists no device")
    if all(device.missing for device in devices):
        lacks = "; ".join(f"{device.name} lacks {', '.join(device.missing)}" for device in devices)
        return Probe(devices, f"no Vulkan device is fit for SAPIEN: {lacks}")
    return Probe(devices, None)


class _VulkanError(Exception):
    """Vulkan answered with an error code."""


def _load() -> ctypes.CDLL | None:
    """The system's Vulkan loader, or else the one that SAPIEN carries and would use itself."""
    names = ["libvulkan.so.1"]
    spec = importlib.util.find_spec("sapien")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        names += [str(path) for path in sorted(Path(folder, "vulkan_library").glob("libvulkan.so*"))]
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


@contextmanager
def _instance(vulkan: ctypes.CDLL) -> Iterator[ctypes.c_void_p]:
    application = _ApplicationInfo(type=0, application=b"gen3d", engine=b"gen3d", api_version=API_1_2)
    info = _InstanceCreateInfo(type=INSTANCE_CREATE_INFO, application=ctypes.pointer(application))
    instance = ctypes.c_void_p()
    code = vulkan.vkCreateInstance(ctypes.byref(info), None, ctypes.byref(instance))
    if code == ERROR_INCOMPATIBLE_DRIVER:
        raise _VulkanError("Vulkan finds no driver")
    if code != 0:
        raise _VulkanError(f"Vulkan cannot start (vkCreateInstance returned {code})")
    try:
        yield instance
    finally:
        vulkan.vkDestroyInstance(instance, None)


def _handles(vulkan: ctypes.CDLL, instance: ctypes.c_void_p) -> list[ctypes.c_void_p]:
    count = ctypes.c_uint32()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
    handles = (ctypes.c_void_p * count.value)()
    vulkan.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), handles)
    return [ctypes.c_void_p(handle) for handle in handles]


def _describe(vulkan: ctypes.CDLL, device: ctypes.c_void_p) -> Device:
    properties = ctypes.create_string_buffer(1024)  # VkPhysicalDeviceProperties has 824 bytes
    vulkan.vkGetPhysicalDeviceProperties(device, properties)
    api, _driver, _vendor, _device, kind = struct.unpack_from("<5I", properties.raw)
    extensions = _extensions(vulkan, device)
    missing = [DYNAMIC_STATE] if DYNAMIC_STATE not in extensions else []
    if api < API_1_2:
        missing.append("Vulkan 1.2")
    else:
        missing += [name for name, offered in _features(vulkan, device).items() if not offered]
    if not any(flags & GRAPHICS_AND_COMPUTE == GRAPHICS_AND_COMPUTE for flags in _queue_flags(vulkan, device)):
        missing.append("a queue for graphics and compute")
    return Device(
        name=_text(properties.raw, 20),
        kind=DEVICE_TYPES[kind] if kind < len(DEVICE_TYPES) else "other",
        api=f"{api >> 22 & 0x7F}.{api >> 12 & 0x3FF}.{api & 0xFFF}",
        missing=tuple(missing),
        ray_tracing=RAY_TRACING in extensions,
    )


def _features(vulkan: ctypes.CDLL, device: ctypes.c_void_p) -> dict[str, bool]:
    """Asks for three chained structures; each is an int type, a pointer to the next and then VkBool32 fields."""
    timeline = ctypes.create_string_buffer(struct.pack("<I4xQ", TIMELINE_SEMAPHORE, 0), 64)
    indexing = ctypes.create_string_buffer(struct.pack("<I4xQ", DESCRIPTOR_INDEXING, ctypes.addressof(timeline)), 128)
    features = ctypes.create_string_buffer(struct.pack("<I4xQ", FEATURES_2, ctypes.addressof(indexing)), 512)
    vulkan.vkGetPhysicalDeviceFeatures2(device, features)
    return {
        "independentBlend": _flag(features, INDEPENDENT_BLEND),
        "descriptorBindingPartiallyBound": _flag(indexing, PARTIALLY_BOUND),
        "timelineSemaphore": _flag(timeline, TIMELINE),
    }


def _flag(structure: ctypes.Array[ctypes.c_char], index: int) -> bool:
    return bool(struct.unpack_from("<I", structure.raw, 16 + 4 * index)[0])


def _extensions(vulkan: ctypes.CDLL, device: ctypes.c_void_p) -> set[str]:
    size = 260  # VkExtensionProperties: char[256] and a version
    count = ctypes.c_uint32()
    vulkan.vkEnumerateDeviceExtensionProperties(device, None, ctypes.byref(count), None)
    buffer = ctypes.create_string_buffer(max(size * count.value, 1))
    vulkan.vkEnumerateDeviceExtensionProperties(device, None, ctypes.byref(count), buffer)
    return {_text(buffer.raw, size * index) for index in range(count.value)}


def _queue_flags(vulkan: ctypes.CDLL, device: ctypes.c_void_p) -> list[int]:
    size = 24  # VkQueueFamilyProperties: flags first
    count = ctypes.c_uint32()
    vulkan.vkGetPhysicalDeviceQueueFamilyProperties(device, ctypes.byref(count), None)
    buffer = ctypes.create_string_buffer(max(size * count.value, 1))
    vulkan.vkGetPhysicalDeviceQueueFamilyProperties(device, ctypes.byref(count), buffer)
    return [struct.unpack_from("<I", buffer.raw, size * index)[0] for index in range(count.value)]


def _text(raw: bytes, offset: int) -> str:
    return raw[offset : offset + 256].split(b"\0")[0].decode(errors="replace")


if __name__ == "__main__":
    found = probe()
    print(json.dumps({"ok": found.ok, **asdict(found)}, indent=2))
