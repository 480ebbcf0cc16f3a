// libcurl for Swift: one typed inline function for each kind of argument of libcurl's variadic calls, and the few
// system calls of Linux whose types Swift cannot spell (packed epoll events, sockaddr tails).
//
// Written for libcurl 7.81 (Ubuntu 22.04), 7.88 (Debian 12) and later; what is newer is asked for by version here,
// so that the Swift code has no conditions.
#pragma once

#include <curl/curl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Options of an easy handle.

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}

// libcurl copies the bytes.
static inline CURLcode ccurl_set_blob(CURL *handle, CURLoption option, const void *bytes, size_t length) {
    struct curl_blob blob = {.data = (void *)bytes, .len = length, .flags = CURL_BLOB_COPY};
    return curl_easy_setopt(handle, option, &blob);
}

static inline CURLcode ccurl_set_write_callback(CURL *handle, CURLoption option, curl_write_callback callback) {
    return curl_easy_setopt(handle, option, callback);
}

static inline CURLcode ccurl_set_read_callback(CURL *handle, curl_read_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_READFUNCTION, callback);
}

static inline CURLcode ccurl_set_seek_callback(CURL *handle, curl_seek_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, callback);
}

static inline CURLcode ccurl_set_open_socket_callback(CURL *handle, curl_opensocket_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, callback);
}

static inline CURLcode ccurl_set_request_callback(CURL *handle, curl_prereq_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, callback);
}

static inline CURLcode ccurl_set_resolver_callback(CURL *handle, curl_resolver_start_callback callback) {
    return curl_easy_setopt(handle, CURLOPT_RESOLVER_START_FUNCTION, callback);
}

// http and https, also for redirects (which are off anyway). The string form replaced the bit mask in 7.85.
static inline CURLcode ccurl_set_web_protocols_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
    CURLcode code = curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
    return code != CURLE_OK
        ? code
        : curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// Bits of `CURL_VERSION_…`: what this libcurl can do.
static inline int ccurl_features(void) { return curl_version_info(CURLVERSION_NOW)->features; }

// What an easy handle measured.

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_string(CURL *handle, CURLINFO info, const char **value) {
    return curl_easy_getinfo(handle, info, value);
}

// Microseconds from the start of the transfer; zero for what did not happen.
struct ccurl_times {
    curl_off_t name_lookup, connect, tls;
};

static inline CURLcode ccurl_get_times(CURL *handle, struct ccurl_times *times) {
    CURLcode code = curl_easy_getinfo(handle, CURLINFO_NAMELOOKUP_TIME_T, &times->name_lookup);
    if (code == CURLE_OK) code = curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &times->connect);
    if (code == CURLE_OK) code = curl_easy_getinfo(handle, CURLINFO_APPCONNECT_TIME_T, &times->tls);
    return code;
}

// The end of the first certificate that the peer showed, its own, in seconds since 1970; false if it is not known. The
// text of it is the TLS library's: OpenSSL writes "Nov 24 22:43:00 2026 GMT", others "2026-11-24 22:43:00 GMT".
static inline bool ccurl_get_certificate_end(CURL *handle, int64_t *seconds) {
    static const char name[] = "Expire date:";
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(handle, CURLINFO_CERTINFO, &info) != CURLE_OK || info == NULL || info->num_of_certs < 1) return false;
    for (const struct curl_slist *line = info->certinfo[0]; line != NULL; line = line->next) {
        if (strncasecmp(line->data, name, sizeof name - 1) != 0) continue;
        char text[64];
        size_t length = 0;
        for (const char *next = line->data + sizeof name - 1; *next != 0 && length < sizeof text - 1; next++) {
            // libcurl reads 20261124, not 2026-11-24.
            if (*next != '-') text[length++] = *next;
        }
        text[length] = 0;
        *seconds = curl_getdate(text, NULL);
        return *seconds != -1;
    }
    return false;
}

// The multi handle.

static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}

static inline CURLMcode ccurl_multi_set_socket_callback(CURLM *multi, curl_socket_callback callback) {
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
}

static inline CURLMcode ccurl_multi_set_timer_callback(CURLM *multi, curl_multi_timer_callback callback) {
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
}

// The next finished transfer, or NULL; `result` is its outcome.
static inline CURL *ccurl_multi_next_finished(CURLM *multi, CURLcode *result) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE) {
            *result = message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

// Addresses.

// Copies the address in network order: returns 4 or 16, the number of bytes, or 0 for another family.
static inline int ccurl_address_bytes(const struct sockaddr *address, uint8_t bytes[16], uint16_t *port) {
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
        memcpy(bytes, &v4->sin_addr, 4);
        *port = ntohs(v4->sin_port);
        return 4;
    }
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
        memcpy(bytes, &v6->sin6_addr, 16);
        *port = ntohs(v6->sin6_port);
        return 16;
    }
    return 0;
}

// `curl_sockaddr.addr` is declared shorter than what it holds, so it is read in place.
static inline int ccurl_target_bytes(const struct curl_sockaddr *target, uint8_t bytes[16], uint16_t *port) {
    return ccurl_address_bytes(&target->addr, bytes, port);
}

static inline curl_socket_t ccurl_open_socket(const struct curl_sockaddr *target) {
    return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

// Threads and waiting.

// Names the calling thread in the system's lists; at most 15 bytes.
static inline void ccurl_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static const uint32_t ccurl_readable = EPOLLIN;
static const uint32_t ccurl_writable = EPOLLOUT;
static const uint32_t ccurl_broken = EPOLLERR | EPOLLHUP;

static inline int ccurl_poller_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

// Watches for `events`, whether or not the descriptor is known already; 0 events stop it.
static inline int ccurl_poller_watch(int poller, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = descriptor};
    if (events == 0) return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, &event);
    if (epoll_ctl(poller, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
    return epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event);
}

struct ccurl_ready {
    int descriptor;
    uint32_t events;
};

enum { ccurl_ready_limit = 128 };

// Waits up to `milliseconds` (-1: for ever) and returns how many of `ready` were filled; 0 also after a signal.
static inline int ccurl_poller_wait(int poller, struct ccurl_ready ready[ccurl_ready_limit], int milliseconds) {
    struct epoll_event events[ccurl_ready_limit];
    int count = epoll_wait(poller, events, ccurl_ready_limit, milliseconds);
    for (int i = 0; i < count; i++) {
        ready[i].descriptor = events[i].data.fd;
        ready[i].events = events[i].events;
    }
    return count < 0 ? 0 : count;
}

static inline int ccurl_waker_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline void ccurl_waker_signal(int waker) {
    uint64_t one = 1;
    // The only failure is a full counter, and then the reader is awake anyway.
    ssize_t written = write(waker, &one, sizeof one);
    (void)written;
}

static inline void ccurl_waker_clear(int waker) {
    uint64_t count;
    ssize_t taken = read(waker, &count, sizeof count);
    (void)taken;
}
