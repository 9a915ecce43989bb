from typing import Any


async def test_the_worker_is_alive_and_ready(client: Any) -> None:
    for path, status in (("/healthz", "ok"), ("/readyz", "ready")):
        response = await client.get(path)
        assert (response.status, await response.json()) == (200, {"status": status})
        assert response.headers["Cache-Control"] == "no-store"


async def test_without_its_store_the_worker_is_alive_but_not_ready(world: Any, client: Any) -> None:
    await world.store.close()
    assert (await client.get("/healthz")).status == 200
    response = await client.get("/readyz")
    assert response.status == 503
    assert int(response.headers["Retry-After"]) > 0
    problem = await response.json()
    assert problem["code"] == "store_unavailable"
    assert "closed" not in str(problem)
