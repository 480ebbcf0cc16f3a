// Posts a signed request again and again by libcurl's multi interface, some at once: what the host's HTTP client is
// compared with. Takes and prints the same as TransportBench, but for the rate, which is as fast as it goes, and times.
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { answer_limit = 1 << 20 };

struct transfer {
    CURL *handle;
    char *answer;
    size_t length;
};

static void fail(const char *what) {
    fprintf(stderr, "transport: %s\n", what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double processor(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static char *contents(const char *path, long *length) {
    FILE *file = fopen(path, "r");
    if (!file) fail("a file cannot be opened");
    char *bytes = calloc(1, answer_limit);
    *length = (long)fread(bytes, 1, answer_limit - 1, file);
    fclose(file);
    return bytes;
}

static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    struct transfer *transfer = context;
    size_t length = size * count;
    if (transfer->length + length > answer_limit) return 0;
    memcpy(transfer->answer + transfer->length, bytes, length);
    transfer->length += length;
    return length;
}

// Until the time is over; returns how many were answered.
static long run(CURLM *multi, struct transfer *transfers, int count, double seconds) {
    double end = now() + seconds;
    long answered = 0;
    for (int i = 0; i < count; i++) curl_multi_add_handle(multi, transfers[i].handle);
    int running = count;
    while (running > 0) {
        curl_multi_perform(multi, &running);
        int left;
        CURLMsg *message;
        while ((message = curl_multi_info_read(multi, &left))) {
            if (message->msg != CURLMSG_DONE) continue;
            CURL *handle = message->easy_handle;
            long status = 0;
            if (message->data.result != CURLE_OK) fail(curl_easy_strerror(message->data.result));
            curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
            if (status != 200) fail("an answer is not 200");
            answered++;
            struct transfer *transfer;
            curl_easy_getinfo(handle, CURLINFO_PRIVATE, (char **)&transfer);
            transfer->length = 0;
            curl_multi_remove_handle(multi, handle);
            if (now() < end) {
                curl_multi_add_handle(multi, handle);
                running++;
            }
        }
        if (running > 0) curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    return answered;
}

int main(int argc, char **argv) {
    if (argc != 7) fail("usage: transport URL BODY-FILE HEADER-FILE IN-FLIGHT SECONDS 0");
    long length = 0, ignored = 0;
    char *body = contents(argv[2], &length);
    char *text = contents(argv[3], &ignored);
    int count = atoi(argv[4]);
    struct curl_slist *headers = NULL;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) headers = curl_slist_append(headers, line);
    headers = curl_slist_append(headers, "Expect:");
    CURLM *multi = curl_multi_init();
    struct transfer *transfers = calloc((size_t)count, sizeof *transfers);
    for (int i = 0; i < count; i++) {
        CURL *handle = curl_easy_init();
        transfers[i] = (struct transfer){.handle = handle, .answer = malloc(answer_limit)};
        curl_easy_setopt(handle, CURLOPT_URL, argv[1]);
        curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(handle, CURLOPT_POST, 1L);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, length);
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
        curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfers[i]);
        curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfers[i]);
        curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
        curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, 30000L);
        curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    }
    run(multi, transfers, count, 1);
    double used = processor(), began = now();
    long answered = run(multi, transfers, count, atof(argv[5]));
    printf("{\"requests\": %ld, \"seconds\": %f, \"processor\": %f}\n", answered, now() - began, processor() - used);
    return 0;
}
