"""The one place where OpenStack's answers and its libraries' exceptions become `provisioner.errors`.

Each service wraps its error messages differently (API references): Nova and Cinder in an object named after the status,
Neutron in `NeutronError`, Keystone in `error`, Placement in a list `errors`; what stands in front of them (load
balancers, middleware) answers with HTML or plain text.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

import keystoneauth1.exceptions as keystone_errors
import openstack.exceptions
import requests

from provisioner.clouds.openstack.calls import Body, Call, body_of, request_id_of
from provisioner.errors import CloudConflict, CloudError, CloudMisconfigured, CloudRefused, CloudUnavailable
from tenants.names import CloudName

_UNAUTHORIZED: Final = 401
_NOT_ACCEPTABLE: Final = 406
_CONFLICT: Final = 409
_TOO_MANY: Final = 429
_SERVER_ERROR: Final = 500
_NOT_IMPLEMENTED: Final = 501

_LONGEST_MESSAGE: Final = 500
_TAGS: Final = re.compile(r"<(script|style).*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_TEXT_KEYS: Final = ("message", "detail", "title")
_PERHAPS_DONE: Final = "; it may have taken effect all the same"


@contextmanager
def translating(cloud: CloudName, call: Call | str) -> Iterator[None]:
    """Turn what openstacksdk, keystoneauth and requests raise within into CloudErrors, with the cause chained."""
    try:
        yield
    except (keystone_errors.ClientException, openstack.exceptions.SDKException, requests.RequestException) as error:
        raise _translated(cloud, call, error) from error


def refusal(cloud: CloudName, call: Call | str, response: requests.Response) -> CloudError:
    """The error that an answer of 400 or above means."""
    status, request_id = response.status_code, request_id_of(response)
    known_as = f" (request {request_id})" if request_id else ""
    message = f"{cloud}: {call}: HTTP {status}: {message_of(response)}{known_as}"
    return _kind(status)(message, request_id=request_id)


def message_of(response: requests.Response) -> str:
    """What an error answer says, on one line and of bounded length; its reason phrase where it says nothing."""
    said = _said(body_of(response)) or _TAGS.sub(" ", response.text)
    line = " ".join(said.split()) or response.reason or "no reason given"
    return line if len(line) <= _LONGEST_MESSAGE else f"{line[: _LONGEST_MESSAGE - 1]}…"


def lost(cloud: CloudName, call: Call | str, error: Exception) -> CloudUnavailable:
    """The error that a connection means that broke after the answer began."""
    return CloudUnavailable(f"{cloud}: {call}: the answer broke off: {_why(error)}")


def _kind(status: int) -> type[CloudError]:
    if status == _CONFLICT:
        return CloudConflict
    if status == _NOT_ACCEPTABLE:
        return CloudMisconfigured
    if status == _TOO_MANY or (status >= _SERVER_ERROR and status != _NOT_IMPLEMENTED):
        return CloudUnavailable
    return CloudRefused


def _said(body: Body) -> str:
    """The message in any of the services' wrappings."""
    errors = body.get("errors")
    if isinstance(errors, list):
        return "; ".join(_text(each) for each in errors if isinstance(each, dict))
    for value in body.values():
        if isinstance(value, dict) and _text(value):
            return _text(value)
    return next((value for value in body.values() if isinstance(value, str) and value), "")


def _text(error: Body) -> str:
    return next((value for key in _TEXT_KEYS if isinstance(value := error.get(key), str) and value), "")


def _translated(cloud: CloudName, call: Call | str, error: Exception) -> CloudError:
    """The error that a library's exception means. An HTTP error here comes from authentication or discovery."""
    if isinstance(error, keystone_errors.HttpError) and error.response is not None:
        if error.response.status_code == _UNAUTHORIZED:
            return CloudMisconfigured(f"{cloud}: Keystone refuses the credentials that clouds.yaml has for it")
        return refusal(cloud, "authentication", error.response)
    if isinstance(error, keystone_errors.ConnectionError) and not isinstance(error, keystone_errors.SSLError):
        perhaps = _PERHAPS_DONE if isinstance(call, Call) and call.method == "POST" and not _refused(error) else ""
        return CloudUnavailable(f"{cloud}: {call}: {_why(error)}{perhaps}")
    if isinstance(error, keystone_errors.DiscoveryFailure) and _unreachable(error.__context__):
        return CloudUnavailable(f"{cloud}: Keystone's versions: {_why(error)}")
    if isinstance(error, openstack.exceptions.NotSupported):
        # keystoneauth swallows why discovery failed; mostly the service is down.
        return CloudUnavailable(f"{cloud}: {call}: the service does not tell its versions")
    return CloudMisconfigured(f"{cloud}: {call}: {_one_line(error)}")


def _unreachable(error: BaseException | None) -> bool:
    if isinstance(error, keystone_errors.HttpError):
        return error.http_status >= _SERVER_ERROR or error.http_status == _TOO_MANY
    return isinstance(error, keystone_errors.ConnectionError) and not isinstance(error, keystone_errors.SSLError)


def _refused(error: BaseException) -> bool:
    return any(isinstance(each, ConnectionRefusedError | requests.exceptions.ConnectTimeout) for each in _chain(error))


def _why(error: BaseException) -> str:
    """Why there was no answer, without the libraries' wrappings: `http://10.0.0.1:5000: Connection refused`."""
    chain = tuple(_chain(error))
    sent = next((each.request for each in chain if isinstance(each, requests.RequestException) and each.request), None)
    address = urlsplit(str(sent.url)) if sent else None
    where = f"{address.scheme}://{address.netloc}: " if address else ""
    if any(isinstance(each, requests.exceptions.ConnectTimeout) for each in chain):
        return f"{where}no connection in time"
    if any(isinstance(each, requests.exceptions.Timeout) for each in chain):
        return f"{where}no answer in time"
    told = next((each.strerror for each in chain if isinstance(each, OSError) and each.strerror), None)
    return f"{where}{told or _one_line(chain[-1])}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and what lies behind it: `raise from`, handlers, and the libraries' habit of wrapping in arguments."""
    seen: list[BaseException] = [error]
    for each in seen:
        yield each
        behind = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        seen.extend(other for other in behind if isinstance(other, BaseException) and other not in seen)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
