"""Scenes in the browser: a local server with the world, its layers, and what is known of it."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from gen3d_bench.extras import require
from gen3d_bench.scenes.schema import Scene
from gen3d_bench.scenes.store import AssetStore

LOG = logging.getLogger(__name__)

EYE, LOOK_AT = (0.92, -0.5, 0.52), (0.25, 0.01, 0.08)
"""Where the browser's camera is at first, and where it looks (m): from the front, to the robot's right."""
FIELD_OF_VIEW = 0.75
"""Vertical, of the browser's camera (rad)."""


class ViewerError(RuntimeError):
    """The viewer cannot start; the message says why and what to do."""


class SceneView:
    """A server that shows one of several scenes at a time.

    Raises ViewerError where no port is free, StoreError for an asset that cannot be made, MissingExtra.
    """

    def __init__(
        self, scenes: Sequence[Scene], host: str = "127.0.0.1", port: int = 8080, store: AssetStore | None = None
    ) -> None:
        require("worldgen", "viser", "trimesh", "rtbdata", "xacro", "sapien")
        if not scenes:
            raise ViewerError("there is no scene to show: name at least one")
        import viser

        from gen3d_bench.worldgen.viewer.contents import Contents

        self.scenes = {scene.id: scene for scene in scenes}
        self.store = store or AssetStore()
        self._lock = threading.RLock()
        """Callbacks run in threads of their own; one changes the world at a time."""
        self._contents = Contents.read(scenes[0], self.store)
        self._seed = 0
        _bindable(host, port)
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a banner; `view` says where to look
            self.server = viser.ViserServer(host=host, port=port, label="gen3d", verbose=False)
        self.host, self.port = host, self.server.get_port()
        self._arrange()
        self._draw()

    @property
    def url(self) -> str:
        return f"http://{'localhost' if self.host in ('0.0.0.0', '::') else self.host}:{self.port}"

    def close(self) -> None:
        """Stops serving; pages that are open say so."""
        with contextlib.redirect_stdout(io.StringIO()):
            self.server.stop()

    # --------------------------------------------------------------------------------------------------------- the page

    def _arrange(self) -> None:
        """Menu, camera and light: what stays when the scene changes."""
        from gen3d_bench.worldgen.viewer.layers import LAYERS

        server = self.server
        # Sharing would send the scene through a server elsewhere.
        server.gui.configure_theme(control_width="medium", show_logo=False, show_share_button=False)
        server.gui.main_panel.dock_right()
        server.initial_camera.position, server.initial_camera.look_at = EYE, LOOK_AT
        server.initial_camera.fov = FIELD_OF_VIEW
        server.initial_camera.near, server.initial_camera.far = 0.02, 30.0
        server.scene.configure_default_lights(cast_shadow=True)
        self._headline = server.gui.add_html("")
        self._choice = server.gui.add_dropdown("Scene", tuple(self.scenes), visible=len(self.scenes) > 1)
        self._choice.on_update(lambda event: self.show(event.target.value))
        renew = server.gui.add_button("New layout", hint="Other poses, by the rules that new scenes are laid out by")
        renew.on_click(lambda _: self.new_layout())
        self._boxes: dict[str, Any] = {}
        with server.gui.add_folder("Show"):
            for title, (shown, _) in LAYERS.items():
                box = server.gui.add_checkbox(title, shown)
                box.on_update(lambda event, title=title: self._toggle(title, event.target.value))
                self._boxes[title] = box
            self._explode = server.gui.add_slider("Explode parts", 0.0, 1.0, 0.02, 0.0)
            self._explode.on_update(lambda event: self._exploded(event.target.value))
        with server.gui.add_folder("Camera picture", expand_by_default=False):
            take = server.gui.add_button("Take picture", hint="What the robot's camera sees, drawn by the simulator")
            take.on_click(lambda event: self._take_picture(event.client))
            self._picture = server.gui.add_image(np.zeros((3, 4, 3), np.uint8), visible=False)
        with server.gui.add_folder("Facts"):
            self._facts = server.gui.add_html("")

    def show(self, scene_id: str) -> None:
        """Shows another of the scenes."""
        from gen3d_bench.worldgen.viewer.contents import Contents

        with self._lock:
            if scene_id != self._contents.scene.id:
                self._contents, self._seed = Contents.read(self.scenes[scene_id], self.store), 0
                self._draw()
                self._choice.value = scene_id

    def new_layout(self) -> None:
        """Lays the scene out anew, with the next seed."""
        with self._lock:
            self._seed += 1
            self._contents = self._contents.laid_out(self._seed)
            self._draw()

    def _draw(self) -> None:
        from gen3d_bench.worldgen.viewer import facts, layers

        with self._lock, self.server.atomic():
            self.server.scene.reset()
            shown = {title: box.value for title, box in self._boxes.items()}
            self._layers = layers.draw(self.server.scene, self._contents, shown)
            self._layers.explode(self._explode.value)
            self._headline.content = facts.headline(self._contents.scene)
            self._facts.content = facts.facts(self._contents)
            self._picture.visible = False

    def _toggle(self, title: str, shown: bool) -> None:
        with self._lock:
            self._layers.frames[title].visible = shown

    def _exploded(self, share: float) -> None:
        with self._lock:
            if share > 0:
                self._boxes["Collision parts"].value = True
            self._layers.explode(share)

    def _take_picture(self, client: Any) -> None:
        from gen3d_bench.worldgen.viewer.picture import camera_picture

        with self._lock:
            try:
                picture = camera_picture(self._contents)
            except RuntimeError as error:  # SAPIEN without a Vulkan device
                if client is not None:
                    client.add_notification("No picture", f"{error}; gen3d doctor tells why", color="red")
                return
            self._picture.image, self._picture.visible = picture, True
            self._layers.frustum.image = picture


def view(
    scenes: Sequence[Scene],
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    open_browser: bool = True,
    block: bool = True,
    store: AssetStore | None = None,
) -> SceneView:
    """Shows scenes in the browser.

    host: who may look: "127.0.0.1" this machine only, "0.0.0.0" everybody who can reach it.  port: the first that is
    tried; where it is taken, the next free one is used and named.  0: any.  block: stay until Ctrl-C, then close.
    Raises as SceneView.
    """
    shown = SceneView(scenes, host, port, store)
    if port and shown.port != port:
        LOG.warning("port %d is taken; using %d", port, shown.port)
    LOG.info("showing %s at %s (Ctrl-C ends)", scenes[0].id, shown.url)
    if open_browser:
        import webbrowser

        webbrowser.open(shown.url)
    if block:
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            shown.close()
    return shown


def _bindable(host: str, port: int) -> None:
    """Raises ViewerError for an address that is not of this machine, or a port that may not be used."""
    if not 0 <= port <= 65535:
        raise ViewerError(f"port {port} is not from 0 to 65535")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((host, 0))
    except OSError as error:
        raise ViewerError(f"cannot serve at {host!r}: {error.strerror or error}; use 127.0.0.1 or 0.0.0.0") from error
