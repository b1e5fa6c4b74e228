import type { Settings } from "@spoor/daemon";
import { createTenancy, type Tenancy } from "@spoor/tenancy";

/** Tenancy by the flags `multi-tenancy.*`. */
export function tenancyOf(settings: Settings): Tenancy {
  return createTenancy({
    enabled: settings.bool("multi-tenancy.enabled"),
    header: settings.string("multi-tenancy.header"),
    tenants: settings.list("multi-tenancy.tenants"),
  });
}
