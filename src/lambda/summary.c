#include "lambda/summary.h"

#include "base/jsonw.h"
#include "base/limits.h"
#include "lambda/metrics.h"
#include "pass/pass_log.h"

#include "base/banned.h"

/* The cluster of a file that was asked for; NULL: its definition is broken. */
static const struct pass_cluster *cluster_of(const struct summary *summary,
                                             const struct loaded_file *file, size_t *next)
{
    if (file->definition == NULL)
        return NULL;
    return &summary->pass->clusters[(*next)++];
}

static const char *status_of(const struct pass_cluster *cluster)
{
    return cluster == NULL ? "left out" : pass_cluster_failed(cluster) ? "failed" : "ok";
}

/* What an action changes, where that is a number. */
static void write_numbers(struct json_writer *w, const struct action *action)
{
    if (action->kind == ACTION_DRAIN)
        return;
    jsonw_key(w, "from"), jsonw_int(w, action->from);
    jsonw_key(w, "to"), jsonw_int(w, action->to);
    if (action->kind != ACTION_GROUP_BOUNDS)
        return;
    jsonw_key(w, "min"), jsonw_int(w, action->to_min);
    jsonw_key(w, "max"), jsonw_int(w, action->to_max);
}

static void write_changes(struct json_writer *w, const struct pass_cluster *cluster)
{
    jsonw_key(w, "changes");
    jsonw_array_begin(w);
    for (size_t i = 0; i < cluster->plan.actions.count; i++) {
        const struct action *action = &cluster->plan.actions.items[i];
        jsonw_object_begin(w);
        jsonw_key(w, "action"), jsonw_cstr(w, action_kind_name(action->kind));
        jsonw_key(w, "subject"), jsonw_str(w, action->subject);
        write_numbers(w, action);
        jsonw_key(w, "reason"), jsonw_str(w, action->reason);
        if (cluster->outcomes != NULL) {
            const struct outcome *outcome = &cluster->outcomes[i];
            jsonw_key(w, "outcome"), jsonw_cstr(w, outcome_status_name(outcome->status));
        }
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void write_held_one(struct json_writer *w, struct str subject, struct str reason)
{
    jsonw_object_begin(w);
    jsonw_key(w, "subject"), jsonw_str(w, subject);
    jsonw_key(w, "reason"), jsonw_str(w, reason);
    jsonw_object_end(w);
}

static void write_held(struct json_writer *w, const struct plan *plan)
{
    jsonw_key(w, "held");
    jsonw_array_begin(w);
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        const struct group_decision *decision = &plan->group_decisions.items[i];
        if (decision->verdict == VERDICT_HELD)
            write_held_one(w, STR("group"), decision->reason);
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        if (plan->services[i].verdict == VERDICT_HELD)
            write_held_one(w, plan->services[i].name, plan->services[i].reason);
    }
    jsonw_array_end(w);
}

static struct str outcome_text(struct arena *arena, const struct action *action,
                               const struct outcome *outcome)
{
    return arena_printf(arena, "%s '%.*s': %s%s%.*s", action_kind_name(action->kind),
                        STR_ARG(action->subject), outcome_status_name(outcome->status),
                        outcome->reason.len > 0 ? ": " : "", STR_ARG(outcome->reason));
}

/* What was to be done and was not. */
static void write_undone(struct json_writer *w, const struct pass_cluster *cluster,
                         struct arena *scratch)
{
    const struct plan *plan = &cluster->plan;
    for (size_t i = 0; cluster->outcomes != NULL && i < plan->actions.count; i++) {
        if (cluster->outcomes[i].status != OUTCOME_APPLIED)
            jsonw_str(w, outcome_text(scratch, &plan->actions.items[i], &cluster->outcomes[i]));
    }
}

static void write_findings(struct json_writer *w, const struct summary *summary,
                           const struct loaded_file *file, struct arena *scratch)
{
    for (size_t i = 0; i < summary->loaded->diagnostics.count; i++) {
        const struct diagnostic *finding = &summary->loaded->diagnostics.items[i];
        if (finding->severity == SEVERITY_ERROR && str_eq(finding->file, file->file))
            jsonw_str(w, finding_text(scratch, finding));
    }
}

static void write_cluster(struct json_writer *w, const struct summary *summary,
                          const struct loaded_file *file, const struct pass_cluster *cluster)
{
    struct arena scratch CLEANUP(arena_release) = ARENA_INIT;
    jsonw_object_begin(w);
    jsonw_key(w, "cluster"), jsonw_str(w, file->cluster);
    jsonw_key(w, "status"), jsonw_cstr(w, status_of(cluster));
    if (cluster != NULL) {
        write_changes(w, cluster);
        write_held(w, &cluster->plan);
    }
    jsonw_key(w, "errors");
    jsonw_array_begin(w);
    if (cluster != NULL)
        write_undone(w, cluster, &scratch);
    else
        write_findings(w, summary, file, &scratch);
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void write_status_only(struct json_writer *w, const struct loaded_file *file,
                              const struct pass_cluster *cluster)
{
    jsonw_object_begin(w);
    jsonw_key(w, "cluster"), jsonw_str(w, file->cluster);
    jsonw_key(w, "status"), jsonw_cstr(w, status_of(cluster));
    jsonw_object_end(w);
}

static void write_clusters(struct json_writer *w, const struct summary *summary)
{
    size_t next = 0;
    jsonw_key(w, "clusters");
    jsonw_array_begin(w);
    for (size_t i = 0; i < summary->file_count; i++) {
        const struct loaded_file *file = summary->files[i];
        const struct pass_cluster *cluster = cluster_of(summary, file, &next);
        const struct json_writer before = *w;
        size_t len = w->out->len;
        write_cluster(w, summary, file, cluster);
        if (w->out->len <= LIMIT_LAMBDA_ANSWER_DETAILS_BYTES && !w->out->overflowed)
            continue;
        *w = before;
        w->out->len = len;
        w->out->overflowed = false;
        write_status_only(w, file, cluster);
    }
    jsonw_array_end(w);
}

/* How many changes there are, and how many were made. */
static void write_change_counts(struct json_writer *w, const struct pass *pass)
{
    int64_t wanted = 0;
    int64_t applied = 0;
    for (size_t i = 0; i < pass->cluster_count; i++) {
        const struct pass_cluster *cluster = &pass->clusters[i];
        wanted += (int64_t)cluster->plan.actions.count;
        for (size_t j = 0; cluster->outcomes != NULL && j < cluster->plan.actions.count; j++)
            applied += cluster->outcomes[j].status == OUTCOME_APPLIED;
    }
    jsonw_key(w, "changes"), jsonw_int(w, wanted);
    jsonw_key(w, "applied"), jsonw_int(w, applied);
}

void summary_write(const struct summary *summary, struct buf *out)
{
    struct json_writer writer = JSON_WRITER(out, 0);
    struct json_writer *w = &writer;
    struct metrics all = metrics_of_pass(summary->pass);
    int64_t broken = (int64_t)(summary->file_count - summary->pass->cluster_count);
    int64_t failed = all.clusters_failed + broken;
    bool is_fine = failed == 0 && summary->unknown_count == 0;
    jsonw_object_begin(w);
    jsonw_key(w, "status"), jsonw_cstr(w, is_fine ? "ok" : "failed");
    jsonw_key(w, "dry_run"), jsonw_bool(w, summary->dry_run);
    write_change_counts(w, summary->pass);
    jsonw_key(w, "services_held"), jsonw_int(w, all.services_held);
    jsonw_key(w, "clusters_failed"), jsonw_int(w, failed);
    jsonw_key(w, "unknown_clusters");
    jsonw_array_begin(w);
    for (size_t i = 0; i < summary->unknown_count; i++)
        jsonw_str(w, summary->unknown[i]);
    jsonw_array_end(w);
    jsonw_key(w, "api_calls"), jsonw_int(w, all.api_calls);
    jsonw_key(w, "throttles"), jsonw_int(w, all.throttles);
    jsonw_key(w, "duration_ms"), jsonw_int(w, all.duration_ms);
    write_clusters(w, summary);
    jsonw_object_end(w);
}

/* Is there one fact of the cluster that could be read, or nothing to be read? */
static bool was_seen(const struct pass_cluster *cluster)
{
    const struct snapshot *snapshot = &cluster->snapshot;
    if (!pass_cluster_failed(cluster) || fact_is_present(snapshot->group.fact) ||
        fact_is_present(snapshot->instances.fact))
        return true;
    for (size_t i = 0; i < snapshot->service_count; i++) {
        if (fact_is_present(snapshot->services[i].fact))
            return true;
    }
    return false;
}

struct str summary_trouble(const struct pass_cluster *cluster, struct arena *arena)
{
    const struct plan *plan = &cluster->plan;
    for (size_t i = 0; cluster->outcomes != NULL && i < plan->actions.count; i++) {
        enum outcome_status status = cluster->outcomes[i].status;
        if (status == OUTCOME_FAILED || status == OUTCOME_NOT_APPLIED || status == OUTCOME_PENDING)
            return outcome_text(arena, &plan->actions.items[i], &cluster->outcomes[i]);
    }
    for (size_t i = 0; i < plan->group_decisions.count; i++) {
        if (plan->group_decisions.items[i].verdict == VERDICT_HELD)
            return plan->group_decisions.items[i].reason;
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        if (plan->services[i].verdict == VERDICT_HELD)
            return plan->services[i].reason;
    }
    return STR("not all of it could be read");
}

static struct str first_finding(const struct summary *summary, const struct loaded_file *file,
                                struct arena *arena)
{
    for (size_t i = 0; i < summary->loaded->diagnostics.count; i++) {
        const struct diagnostic *finding = &summary->loaded->diagnostics.items[i];
        if (finding->severity == SEVERITY_ERROR && str_eq(finding->file, file->file))
            return finding_text(arena, finding);
    }
    return STR("its definition is broken");
}

bool summary_is_nothing(const struct summary *summary, struct buf *out)
{
    struct arena scratch CLEANUP(arena_release) = ARENA_INIT;
    const struct pass *pass = summary->pass;
    for (size_t i = 0; i < pass->cluster_count; i++) {
        if (was_seen(&pass->clusters[i]))
            return false;
    }
    bool has_credentials = pass->log.credentials.code == E_OK;
    if (!has_credentials)
        buf_addf(out, "%s", pass->log.credentials.message);
    size_t next = 0;
    for (size_t i = 0; i < summary->file_count; i++) {
        const struct loaded_file *file = summary->files[i];
        const struct pass_cluster *cluster = cluster_of(summary, file, &next);
        struct str why = cluster != NULL ? summary_trouble(cluster, &scratch)
                                         : first_finding(summary, file, &scratch);
        buf_addf(out, "%s%.*s: %.*s", i > 0 || !has_credentials ? "; " : "", STR_ARG(file->cluster),
                 STR_ARG(why));
    }
    return true;
}
