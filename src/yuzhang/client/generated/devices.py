"""Operations: devices. Written by `make client` from the OpenAPI document; do not edit."""

from yuzhang.client.calling import Group, decoded, encoded, inside
from yuzhang.client.generated.models import devices


class Devices(Group):
    """13 operations."""

    def get(
        self,
        *,
        q: str | None = None,
        kind: str | None = None,
        region: str | None = None,
        unit: str | None = None,
        status: str | None = None,
        gateway: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
    ) -> devices.Found:
        """Devices that fit, by id, and how many there are."""
        return decoded(
            self._calls.send(
                "GET",
                "/api/devices",
                {
                    "q": q,
                    "kind": kind,
                    "region": region,
                    "unit": unit,
                    "status": status,
                    "gateway": gateway,
                    "limit": limit,
                    "offset": offset,
                },
            ),
            devices.Found,
        )

    def post(self, body: devices.Told) -> devices.AddedDevice:
        """Register a device. Its secret is in this answer only."""
        return decoded(self._calls.send("POST", "/api/devices", content=encoded(body)), devices.AddedDevice)

    def post_imports(self, file: bytes, file_name: str, *, credentials: bool | None = None) -> devices.Imported:
        """Take the devices of a table (CSV or Excel), all of them or none; with `credentials`, give each one its secret."""
        return decoded(
            self._calls.send(
                "POST", "/api/devices/imports", {"credentials": credentials}, files={"file": (file_name, file)}
            ),
            devices.Imported,
        )

    def post_imports_check(self, file: bytes, file_name: str) -> devices.Checked:
        """Every fault of a table, by row and column; nothing is kept."""
        return decoded(
            self._calls.send("POST", "/api/devices/imports/check", files={"file": (file_name, file)}), devices.Checked
        )

    def get_registrations(self, *, offset: int | None = None) -> list[devices.Waiting]:
        """Devices that wait for approval, the oldest first, a hundred at a time."""
        return decoded(self._calls.send("GET", "/api/devices/registrations", {"offset": offset}), list[devices.Waiting])

    def post_registrations(self, body: devices.Asking) -> devices.Standing:
        """Ask to be taken in, as a device that nobody entered. An officer looks at it; ask for the credential until then."""
        return decoded(self._calls.send("POST", "/api/devices/registrations", content=encoded(body)), devices.Standing)

    def post_registrations_name_approve(self, name: str, body: devices.Approval) -> devices.Device:
        """Take a waiting device in."""
        return decoded(
            self._calls.send("POST", f"/api/devices/registrations/{inside(name)}/approve", content=encoded(body)),
            devices.Device,
        )

    def post_registrations_name_credential(self, name: str, body: devices.Claim) -> devices.Standing:
        """Fetch the credential after the approval, once; 202 while the device waits."""
        return decoded(
            self._calls.send("POST", f"/api/devices/registrations/{inside(name)}/credential", content=encoded(body)),
            devices.Standing,
        )

    def post_registrations_name_refuse(self, name: str) -> None:
        """Send a waiting device away."""
        self._calls.send("POST", f"/api/devices/registrations/{inside(name)}/refuse")

    def get_name(self, name: str) -> devices.Device:
        """One device."""
        return decoded(self._calls.send("GET", f"/api/devices/{inside(name)}"), devices.Device)

    def patch_name(self, name: str, body: devices.Changes) -> devices.Device:
        """Change some of a device's fields; `status` suspends it, lets it in again, or retires it."""
        return decoded(self._calls.send("PATCH", f"/api/devices/{inside(name)}", content=encoded(body)), devices.Device)

    def delete_name_credential(self, name: str) -> None:
        """Take the credential away: the device is refused from now on."""
        self._calls.send("DELETE", f"/api/devices/{inside(name)}/credential")

    def post_name_credential(self, name: str) -> devices.Credential:
        """A new secret; the one before ends at once."""
        return decoded(self._calls.send("POST", f"/api/devices/{inside(name)}/credential"), devices.Credential)
