#include "command/run_report.h"

#include "base/clock.h"
#include "base/limits.h"
#include "command/output.h"
#include "command/print_plan.h"
#include "pass/pass_log.h"
#include "record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

enum { OUTPUT_BYTES = 256 * 1024 * 1024, FINDING_BYTES = 64 * 1024 };

void report_findings(const struct loaded *loaded, const struct loaded_file *file,
                     enum log_format format)
{
    for (size_t i = 0; i < loaded->diagnostics.count; i++) {
        const struct diagnostic *finding = &loaded->diagnostics.items[i];
        enum log_level level = finding->severity == SEVERITY_ERROR ? LOG_ERROR : LOG_WARNING;
        if (!str_eq(finding->file, file->file) || !log_enabled(level))
            continue;
        struct buf text CLEANUP(buf_release) = BUF_INIT(FINDING_BYTES);
        if (format == LOG_FORMAT_JSON) {
            pass_log_finding(file->cluster, finding);
            continue;
        }
        diagnostic_print(finding, print_style_of(stderr).colour, &text);
        fwrite(buf_cstr(&text), 1, text.len, stderr);
    }
}

static void json_cluster(const struct run_options *options, const struct pass *pass,
                         const struct pass_cluster *cluster, struct buf *out)
{
    char stamp[CLOCK_TEXT_SIZE];
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    clock_format(pass->now_ms, true, stamp);
    jsonw_object_begin(w);
    jsonw_key(w, "cluster"), jsonw_str(w, cluster->definition->cluster);
    jsonw_key(w, "region"), jsonw_str(w, cluster->snapshot.region);
    jsonw_key(w, "time"), jsonw_cstr(w, stamp);
    jsonw_key(w, "dry_run"), jsonw_bool(w, options->dry_run);
    jsonw_key(w, "failed"), jsonw_bool(w, pass_cluster_failed(cluster));
    jsonw_key(w, "plan"), plan_write(cluster->definition, &cluster->plan, w);
    jsonw_key(w, "outcomes"), outcomes_write(&cluster->plan, cluster->outcomes, w);
    jsonw_key(w, "observed_ms"), jsonw_int(w, cluster->ready_ms);
    jsonw_key(w, "finished_ms"), jsonw_int(w, cluster->finished_ms);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}

static void json_broken(const struct loaded_file *file, struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    jsonw_object_begin(w);
    jsonw_key(w, "cluster"), jsonw_str(w, file->cluster);
    jsonw_key(w, "failed"), jsonw_bool(w, true);
    jsonw_key(w, "file"), jsonw_str(w, file->file);
    jsonw_key(w, "errors"), jsonw_int(w, (int64_t)file->error_count);
    jsonw_object_end(w);
    buf_add_char(out, '\n');
}

static void text_broken(const struct loaded_file *file, struct buf *out)
{
    buf_addf(out, "%.*s: left out, %zu error%s in %.*s\n\n", STR_ARG(file->cluster),
             file->error_count, file->error_count == 1 ? "" : "s", STR_ARG(file->file));
}

static const struct pass_cluster *find_cluster(const struct pass *pass,
                                               const struct definition *definition, size_t *next)
{
    if (*next < pass->cluster_count && pass->clusters[*next].definition == definition)
        return &pass->clusters[(*next)++];
    return NULL;
}

static void add_clusters(const struct run_options *options, const struct loaded *loaded,
                         const struct pass *pass, struct buf *out)
{
    struct print_style style = print_style_of(stdout);
    size_t next = 0;
    for (size_t i = 0; i < loaded->files.count; i++) {
        const struct loaded_file *file = &loaded->files.items[i];
        const struct pass_cluster *cluster =
            file->definition != NULL ? find_cluster(pass, file->definition, &next) : NULL;
        if (cluster != NULL && options->json) {
            json_cluster(options, pass, cluster, out);
        } else if (cluster != NULL) {
            plan_print(cluster->definition, &cluster->plan, cluster->outcomes, style, out);
            buf_add_char(out, '\n');
        } else if (file->definition == NULL && run_options_ask_for(options, file->cluster)) {
            if (options->json)
                json_broken(file, out);
            else
                text_broken(file, out);
        }
    }
}

void report_pass(const struct run_options *options, const struct loaded *loaded,
                 const struct pass *pass)
{
    pass_log(pass);
    struct buf out CLEANUP(buf_release) = BUF_INIT(OUTPUT_BYTES);
    add_clusters(options, loaded, pass, &out);
    output_write(&out);
    output_flush();
    pass_log_summary(pass, options->dry_run);
}

static bool write_whole(int fd, struct str text)
{
    size_t done = 0;
    while (done < text.len) {
        ssize_t count = write(fd, text.ptr + done, text.len - done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += (size_t)count;
    }
    return true;
}

/* Does the file end in the middle of a line, because an earlier pass was cut off there? Only a
 * regular file has an end to look at. */
static bool ends_torn(const char *path, int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
        return false;
    char last = '\n';
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool is_read = reader >= 0 && pread(reader, &last, 1, status.st_size - 1) == 1;
    if (reader >= 0)
        close(reader);
    return is_read && last != '\n';
}

bool report_record(const char *path, const struct pass *pass)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool is_written = fd >= 0 && (!ends_torn(path, fd) || write_whole(fd, STR("\n")));
    for (size_t i = 0; is_written && i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        const struct record record = {
            .definition = cluster->definition,
            .snapshot = &cluster->snapshot,
            .plan = &cluster->plan,
            .outcomes = cluster->outcomes,
            .calls = &pass->log,
        };
        struct buf line CLEANUP(buf_release) = BUF_INIT(LIMIT_RECORD_LINE_BYTES);
        record_write(&record, &line);
        buf_add_char(&line, '\n');
        if (line.overflowed)
            errno = EFBIG;
        is_written = !line.overflowed && write_whole(fd, buf_str(&line));
    }
    int problem = errno;
    if (fd >= 0 && close(fd) != 0 && is_written) {
        problem = errno;
        is_written = false;
    }
    if (!is_written)
        log_line(LOG_ERROR, STR_NONE, "cannot write the record file '%s': %s", path,
                 strerror(problem));
    return is_written;
}
