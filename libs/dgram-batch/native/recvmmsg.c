/*
 * Reads datagrams in bulk (Linux): one wake-up of the event loop takes up to `slots` of them with one recvmmsg(2) into memory that the
 * caller gave. Everything runs on the thread of the loop. JavaScript (../src/native-socket.ts) is the only caller and checks what users
 * give; here each size is checked again before memory is touched.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAPI_VERSION 8
#include <node_api.h>
#include <uv.h>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif
#define MEMINFO_DROPS 8
#define MAX_SLOTS 1024
/* Of all slots: the first that is free. Of each datagram: its length, its sender's port, its sender's IPv6 address (or mapped IPv4) as four words. */
#define META_HEAD 1
#define META_WORDS 6

typedef struct {
  napi_env env;
  napi_ref callback;
  napi_ref slab_ref;
  napi_ref meta_ref;
  napi_async_context context;
  uv_poll_t poll;
  int fd;
  bool open;      /* the poll handle is active */
  bool finalized; /* JavaScript forgot the socket */
  bool poll_gone; /* libuv let go of the poll handle */
  uint32_t slots;
  uint32_t slot_bytes;
  uint8_t *slab;
  uint32_t *meta;
  struct mmsghdr *messages;
  struct iovec *vectors;
  struct sockaddr_in6 *senders;
} udp_socket;

static void free_when_done(udp_socket *self) {
  if (!self->finalized || !self->poll_gone) return;
  free(self->messages);
  free(self->vectors);
  free(self->senders);
  free(self);
}

static void on_poll_closed(uv_handle_t *handle) {
  udp_socket *self = handle->data;
  self->poll_gone = true;
  free_when_done(self);
}

/* Ends reading; harmless when it ended before. */
static void end_socket(udp_socket *self) {
  if (!self->open) return;
  self->open = false;
  uv_poll_stop(&self->poll);
  close(self->fd);
  self->fd = -1;
  uv_close((uv_handle_t *)&self->poll, on_poll_closed);
  napi_delete_reference(self->env, self->callback);
  napi_delete_reference(self->env, self->slab_ref);
  napi_delete_reference(self->env, self->meta_ref);
  napi_async_destroy(self->env, self->context);
}

static void on_env_end(void *data) { end_socket(data); }

static void on_finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  udp_socket *self = data;
  if (self->open) {
    napi_remove_env_cleanup_hook(self->env, on_env_end, self);
    end_socket(self);
  }
  self->finalized = true;
  free_when_done(self);
}

static void note_sender(uint32_t *meta, const struct sockaddr_in6 *from) {
  memset(meta + 1, 0, (META_WORDS - 1) * sizeof(uint32_t));
  if (from->sin6_family == AF_INET6) {
    meta[1] = ntohs(from->sin6_port);
    memcpy(meta + 2, &from->sin6_addr, 16);
  } else if (from->sin6_family == AF_INET) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
    meta[1] = ntohs(v4->sin_port);
    meta[4] = htonl(0x0000ffff); /* ::ffff:0:0/96 */
    memcpy(meta + 5, &v4->sin_addr, 4);
  }
}

/* Calls back with the number of datagrams read, or a negative errno. */
static void on_readable(uv_poll_t *poll, int status, int events) {
  (void)events;
  udp_socket *self = poll->data;
  int result = status;
  if (status == 0) {
    uint32_t first = self->meta[0] < self->slots ? self->meta[0] : 0;
    for (uint32_t i = first; i < self->slots; i++) {
      self->messages[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in6);
      self->messages[i].msg_hdr.msg_flags = 0;
      self->messages[i].msg_len = 0;
    }
    /* MSG_TRUNC: the length is that of the datagram, also where it is longer than its slot. */
    do result = recvmmsg(self->fd, self->messages + first, self->slots - first, MSG_DONTWAIT | MSG_TRUNC, NULL);
    while (result < 0 && errno == EINTR);
    if (result < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) return;
      result = -errno;
    }
    for (int k = 0; k < result; k++) {
      size_t i = first + (size_t)k;
      uint32_t *meta = self->meta + META_HEAD + i * META_WORDS;
      meta[0] = self->messages[i].msg_len;
      note_sender(meta, &self->senders[i]);
    }
  }
  napi_env env = self->env;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  napi_value callback, receiver, argument;
  if (napi_get_reference_value(env, self->callback, &callback) == napi_ok &&
      napi_get_global(env, &receiver) == napi_ok &&
      napi_create_int32(env, result, &argument) == napi_ok) {
    if (napi_make_callback(env, self->context, receiver, callback, 1, &argument, NULL) == napi_pending_exception) {
      napi_value error;
      if (napi_get_and_clear_last_exception(env, &error) == napi_ok) napi_fatal_exception(env, error);
    }
  }
  napi_close_handle_scope(env, scope);
}

static napi_value fail(napi_env env, const char *call, int error) {
  char code[16];
  strncpy(code, uv_err_name(-error), sizeof(code) - 1);
  code[sizeof(code) - 1] = 0;
  char text[160] = "";
  strncat(text, call, 40);
  strcat(text, ": ");
  strncat(text, uv_strerror(-error), 100);
  napi_throw_error(env, code, text);
  return NULL;
}

static udp_socket *socket_of(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  void *data = NULL;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count < 1 ||
      napi_get_value_external(env, argument, &data) != napi_ok) {
    napi_throw_type_error(env, NULL, "not a socket");
    return NULL;
  }
  return data;
}

/* 0, or the errno of what failed, whose name is left in `call`. */
static int bind_socket(int fd, int family, const char *host, uint32_t port, bool reuse, int buffer, const char **call) {
  int one = 1;
  *call = "setsockopt";
  if (reuse && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0) return errno;
  if (buffer > 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer)) != 0) return errno;
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  *call = "inet_pton";
  void *address = family == AF_INET6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr;
  if (inet_pton(family, host, address) != 1) return EINVAL;
  *call = "bind";
  if (family == AF_INET6) return bind(fd, (struct sockaddr *)&v6, sizeof(v6)) == 0 ? 0 : errno;
  return bind(fd, (struct sockaddr *)&v4, sizeof(v4)) == 0 ? 0 : errno;
}

/* open(isIpv6, host, port, reuseAddress, receiveBufferBytes, slab, meta, slotBytes, callback): the socket */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  size_t count = 9;
  napi_value args[9];
  bool is_ipv6, reuse;
  char host[64];
  size_t host_length;
  uint32_t port, slot_bytes;
  int32_t buffer;
  void *slab, *meta;
  size_t slab_bytes, meta_words;
  napi_typedarray_type meta_type, slab_type;
  napi_valuetype callback_type;
  if (napi_get_cb_info(env, info, &count, args, NULL, NULL) != napi_ok || count < 9 ||
      napi_get_value_bool(env, args[0], &is_ipv6) != napi_ok ||
      napi_get_value_string_utf8(env, args[1], host, sizeof(host), &host_length) != napi_ok ||
      napi_get_value_uint32(env, args[2], &port) != napi_ok || port > 65535 ||
      napi_get_value_bool(env, args[3], &reuse) != napi_ok ||
      napi_get_value_int32(env, args[4], &buffer) != napi_ok ||
      napi_get_typedarray_info(env, args[5], &slab_type, &slab_bytes, &slab, NULL, NULL) != napi_ok ||
      slab_type != napi_uint8_array ||
      napi_get_typedarray_info(env, args[6], &meta_type, &meta_words, &meta, NULL, NULL) != napi_ok ||
      meta_type != napi_uint32_array || napi_get_value_uint32(env, args[7], &slot_bytes) != napi_ok ||
      napi_typeof(env, args[8], &callback_type) != napi_ok || callback_type != napi_function || slot_bytes == 0) {
    napi_throw_type_error(env, NULL, "bad arguments");
    return NULL;
  }
  size_t slots = slab_bytes / slot_bytes;
  if (slots == 0 || slots > MAX_SLOTS || meta_words < META_HEAD + slots * META_WORDS) {
    napi_throw_range_error(env, NULL, "sizes do not fit each other");
    return NULL;
  }
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return fail(env, "loop", ENOSYS);

  int family = is_ipv6 ? AF_INET6 : AF_INET;
  int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return fail(env, "socket", errno);
  const char *call;
  int error = bind_socket(fd, family, host, port, reuse, buffer, &call);
  if (error != 0) {
    close(fd);
    return fail(env, call, error);
  }
  udp_socket *self = calloc(1, sizeof(*self));
  if (self != NULL) {
    self->messages = calloc(slots, sizeof(*self->messages));
    self->vectors = calloc(slots, sizeof(*self->vectors));
    self->senders = calloc(slots, sizeof(*self->senders));
  }
  if (self == NULL || self->messages == NULL || self->vectors == NULL || self->senders == NULL ||
      uv_poll_init(loop, &self->poll, fd) != 0) {
    if (self != NULL) {
      free(self->messages);
      free(self->vectors);
      free(self->senders);
      free(self);
    }
    close(fd);
    return fail(env, "socket", ENOMEM);
  }
  self->env = env;
  self->fd = fd;
  self->slots = (uint32_t)slots;
  self->slot_bytes = slot_bytes;
  self->slab = slab;
  self->meta = meta;
  self->poll.data = self;
  for (size_t i = 0; i < slots; i++) {
    self->vectors[i].iov_base = self->slab + i * slot_bytes;
    self->vectors[i].iov_len = slot_bytes;
    self->messages[i].msg_hdr.msg_iov = &self->vectors[i];
    self->messages[i].msg_hdr.msg_iovlen = 1;
    self->messages[i].msg_hdr.msg_name = &self->senders[i];
  }
  napi_value name, handle;
  self->open = true;
  if (napi_create_reference(env, args[8], 1, &self->callback) != napi_ok ||
      napi_create_reference(env, args[5], 1, &self->slab_ref) != napi_ok ||
      napi_create_reference(env, args[6], 1, &self->meta_ref) != napi_ok ||
      napi_create_string_utf8(env, "UDP", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_async_init(env, NULL, name, &self->context) != napi_ok ||
      napi_create_external(env, self, on_finalize, NULL, &handle) != napi_ok) {
    self->finalized = true;
    end_socket(self);
    return fail(env, "socket", ENOMEM);
  }
  napi_add_env_cleanup_hook(env, on_env_end, self);
  error = uv_poll_start(&self->poll, UV_READABLE, on_readable);
  if (error != 0) {
    napi_remove_env_cleanup_hook(env, on_env_end, self);
    end_socket(self);
    return fail(env, "poll", -error);
  }
  return handle;
}

/* port(socket): the port it is bound to */
static napi_value bound_port(napi_env env, napi_callback_info info) {
  udp_socket *self = socket_of(env, info);
  if (self == NULL) return NULL;
  struct sockaddr_in6 address;
  socklen_t length = sizeof(address);
  napi_value result;
  if (getsockname(self->fd, (struct sockaddr *)&address, &length) != 0) return fail(env, "getsockname", errno);
  /* The port stands at the same place for both families. */
  if (napi_create_uint32(env, ntohs(address.sin6_port), &result) != napi_ok) return NULL;
  return result;
}

/* drops(socket): datagrams that the kernel dropped at this socket, what SO_RXQ_OVFL counts, at any time; -1 when it does not tell */
static napi_value kernel_drops(napi_env env, napi_callback_info info) {
  udp_socket *self = socket_of(env, info);
  if (self == NULL) return NULL;
  uint32_t values[16] = {0};
  socklen_t length = sizeof(values);
  double drops = -1;
  if (self->open && getsockopt(self->fd, SOL_SOCKET, SO_MEMINFO, values, &length) == 0 &&
      length >= (MEMINFO_DROPS + 1) * sizeof(uint32_t))
    drops = values[MEMINFO_DROPS];
  napi_value result;
  return napi_create_double(env, drops, &result) == napi_ok ? result : NULL;
}

/* close(socket) */
static napi_value close_socket(napi_env env, napi_callback_info info) {
  udp_socket *self = socket_of(env, info);
  if (self != NULL && self->open) {
    napi_remove_env_cleanup_hook(env, on_env_end, self);
    end_socket(self);
  }
  return NULL;
}

static napi_value init(napi_env env, napi_value exports) {
  napi_property_descriptor members[] = {
      {"open", NULL, open_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"port", NULL, bound_port, NULL, NULL, NULL, napi_enumerable, NULL},
      {"drops", NULL, kernel_drops, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_socket, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof(members) / sizeof(members[0]), members);
  return exports;
}

NAPI_MODULE(NODE_GYP_MODULE_NAME, init)
