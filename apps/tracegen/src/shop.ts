import type { Attributes, Call, Operation } from "./call-plan.ts";
import type { Random } from "./random.ts";

const REGIONS = ["eu-west", "eu-central", "us-east", "us-west"] as const;
const CURRENCIES = ["EUR", "USD", "GBP", "SEK"] as const;
const SKUS = ["boots", "tent", "rope", "lantern", "stove", "compass", "map", "rucksack"] as const;

function http(method: string, route: string, more: (random: Random) => Attributes = () => ({})) {
  return (random: Random): Attributes => ({
    "http.request.method": method,
    "http.route": route,
    "http.response.status_code": 200,
    ...more(random),
  });
}

function rpc(service: string, method: string, more: (random: Random) => Attributes = () => ({})) {
  return (random: Random): Attributes => ({
    "rpc.system": "grpc",
    "rpc.service": service,
    "rpc.method": method,
    ...more(random),
  });
}

function query(service: string, text: string, workMs: number, system = "postgresql"): Operation {
  const [verb = text] = text.split(" ");
  return {
    service,
    name: `${verb} ${system}`,
    kind: "client",
    workMs,
    failure: "connection reset by peer",
    attributes: () => ({
      "db.system": system,
      "db.statement": text,
      "peer.service": system,
      "server.address": `${system}.shop.internal`,
    }),
  };
}

/** A client span at the caller around a server span at the callee. */
function remote(caller: string, operation: Operation): Operation {
  return {
    service: caller,
    name: operation.name,
    kind: "client",
    workMs: 0.6,
    calls: [{ to: operation }],
    attributes: () => ({ "peer.service": operation.service, "server.address": `${operation.service}.shop.internal` }),
  };
}

const redis = (service: string, text: string) => query(service, text, 0.5, "redis");

const getProducts: Operation = {
  service: "catalog",
  name: "catalog.Catalog/ListProducts",
  kind: "server",
  workMs: 3,
  attributes: rpc("catalog.Catalog", "ListProducts", (random) => ({ "shop.products": 8 + random.integer(40) })),
  calls: [
    { to: redis("catalog", "MGET products") },
    { to: query("catalog", "SELECT * FROM products WHERE id = ANY($1)", 6), probability: 0.35 },
  ],
};

const getProduct: Operation = {
  service: "catalog",
  name: "catalog.Catalog/GetProduct",
  kind: "server",
  workMs: 1.5,
  attributes: rpc("catalog.Catalog", "GetProduct", (random) => ({ "shop.sku": random.pick(SKUS) })),
  calls: [
    { to: redis("catalog", "GET product") },
    { to: query("catalog", "SELECT * FROM products WHERE sku = $1", 4), probability: 0.2 },
  ],
};

const recommend: Operation = {
  service: "recommendation",
  name: "recommendation.Recommendation/Suggest",
  kind: "server",
  workMs: 14,
  failure: "model not loaded",
  attributes: rpc("recommendation.Recommendation", "Suggest", (random) => ({
    "shop.model": random.pick(["als-2", "als-3", "two-tower"]),
  })),
  calls: [
    { to: redis("recommendation", "ZREVRANGE viewed") },
    { to: remote("recommendation", getProduct), times: (random) => 2 + random.integer(4), parallel: true },
  ],
};

const getCart: Operation = {
  service: "cart",
  name: "cart.Cart/GetCart",
  kind: "server",
  workMs: 1.2,
  attributes: rpc("cart.Cart", "GetCart"),
  calls: [{ to: redis("cart", "HGETALL cart") }],
};

const addItem: Operation = {
  service: "cart",
  name: "cart.Cart/AddItem",
  kind: "server",
  workMs: 1.6,
  attributes: rpc("cart.Cart", "AddItem", (random) => ({ "shop.sku": random.pick(SKUS) })),
  calls: [{ to: remote("cart", getProduct) }, { to: redis("cart", "HSET cart") }],
};

const reserve: Operation = {
  service: "inventory",
  name: "inventory.Inventory/Reserve",
  kind: "server",
  workMs: 4,
  failure: "out of stock",
  attributes: rpc("inventory.Inventory", "Reserve", (random) => ({ "shop.quantity": 1 + random.integer(3) })),
  calls: [
    { to: query("inventory", "SELECT stock FROM items WHERE sku = $1 FOR UPDATE", 5) },
    { to: query("inventory", "UPDATE items SET stock = stock - $1 WHERE sku = $2", 4) },
  ],
};

const charge: Operation = {
  service: "payment",
  name: "payment.Payment/Charge",
  kind: "server",
  workMs: 8,
  failure: "card declined",
  attributes: rpc("payment.Payment", "Charge", (random) => ({
    "shop.currency": random.pick(CURRENCIES),
    "shop.amount": Math.round(random.latency(4200, 0.8)) / 100,
  })),
  calls: [
    {
      to: {
        service: "payment",
        name: "POST",
        kind: "client",
        workMs: 90,
        failure: "504 Gateway Timeout",
        attributes: () => ({
          "http.request.method": "POST",
          "url.full": "https://psp.example.com/v1/charges",
          "peer.service": "psp.example.com",
        }),
      },
    },
    { to: query("payment", "INSERT INTO charges VALUES ($1, $2, $3)", 3) },
  ],
};

const ship: Operation = {
  service: "shipping",
  name: "orders process",
  kind: "consumer",
  workMs: 12,
  attributes: () => ({ "messaging.system": "kafka", "messaging.destination.name": "orders" }),
  calls: [{ to: query("shipping", "INSERT INTO parcels VALUES ($1, $2)", 4) }],
};

const publishOrder: Operation = {
  service: "checkout",
  name: "orders publish",
  kind: "producer",
  workMs: 1.5,
  attributes: () => ({ "messaging.system": "kafka", "messaging.destination.name": "orders" }),
  calls: [{ to: ship }],
};

const placeOrder: Operation = {
  service: "checkout",
  name: "checkout.Checkout/PlaceOrder",
  kind: "server",
  workMs: 5,
  attributes: rpc("checkout.Checkout", "PlaceOrder"),
  calls: [
    { to: remote("checkout", getCart) },
    { to: remote("checkout", reserve), times: (random) => 1 + random.integer(3), parallel: true },
    { to: remote("checkout", charge) },
    { to: publishOrder },
  ],
};

function page(name: string, method: string, route: string, workMs: number, calls: readonly Call[]): Operation {
  return {
    service: "frontend",
    name,
    kind: "server",
    workMs,
    failure: "template rendering failed",
    attributes: http(method, route, (random) => ({
      "client.region": random.pick(REGIONS),
      "user_agent.original": "Mozilla/5.0",
    })),
    calls,
  };
}

/** Requests to a shop of eight services, with how often each comes. */
export const SHOP_REQUESTS: readonly { readonly weight: number; readonly operation: Operation }[] = [
  {
    weight: 50,
    operation: page("GET /", "GET", "/", 6, [
      { to: remote("frontend", getProducts) },
      { to: remote("frontend", recommend), parallel: true },
      { to: remote("frontend", getCart), probability: 0.6, parallel: true },
    ]),
  },
  {
    weight: 30,
    operation: page("GET /products/{sku}", "GET", "/products/{sku}", 4, [
      { to: remote("frontend", getProduct) },
      { to: remote("frontend", recommend), probability: 0.8 },
    ]),
  },
  { weight: 14, operation: page("POST /cart", "POST", "/cart", 3, [{ to: remote("frontend", addItem) }]) },
  { weight: 6, operation: page("POST /checkout", "POST", "/checkout", 5, [{ to: remote("frontend", placeOrder) }]) },
];

/** One of the requests, by weight. */
export function shopRequest(random: Random): Operation {
  const total = SHOP_REQUESTS.reduce((sum, { weight }) => sum + weight, 0);
  let at = random.next() * total;
  for (const { weight, operation } of SHOP_REQUESTS) {
    at -= weight;
    if (at < 0) return operation;
  }
  return (SHOP_REQUESTS[0] as (typeof SHOP_REQUESTS)[number]).operation;
}
