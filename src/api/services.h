#pragma once

#include <string>

#include "api/feed.h"
#include "api/measurements.h"
#include "api/sessions.h"
#include "api/waiting_room.h"
#include "base/clock.h"
#include "base/thread_pool.h"
#include "catalog/audit.h"
#include "catalog/experiments.h"
#include "catalog/keys.h"
#include "catalog/limited.h"
#include "catalog/projects.h"
#include "catalog/quarantine.h"
#include "catalog/saved.h"
#include "http/server.h"
#include "ingest/intake.h"
#include "lake/exporter.h"
#include "lake/lake.h"
#include "load/loader.h"
#include "ports/database.h"
#include "ports/event_log.h"
#include "ports/sql_sandbox.h"
#include "ports/warehouse.h"
#include "query/demand.h"
#include "query/first_times.h"
#include "query/names.h"
#include "query/orders.h"
#include "query/sequences.h"

namespace spectrum::api {

/// Who may do what, apart from API keys.
struct AccessPolicy {
  bool listens_on_loopback = true;
  std::string management_key_sha256;  ///< hexadecimal; empty: none is set
  std::string owner_token_sha256;     ///< for commands of whoever can read the data directory
};

/// What the endpoints work with. All of it must outlive the server.
struct Services {
  const Clock& clock;
  AccessPolicy access;
  ingest::Intake& intake;
  ports::EventLog& log;
  ports::Warehouse& warehouse;
  query::Names& names;
  query::Demand& demand;
  query::FirstTimes& first_times;
  query::Orders& orders;
  query::Sequences& sequences;
  load::Loader& loader;
  lake::Lake& lake;
  lake::Exporter& exporter;
  ports::SqlSandbox& sql;
  ports::Database& database;
  catalog::Projects& projects;
  catalog::Keys& keys;
  catalog::Experiments& experiments;
  catalog::Quarantine& quarantine;
  catalog::Limited& limited;
  catalog::Audit& audit;
  catalog::Saved& saved;
  Sessions& sessions;
  Feed& feed;
  Measurements& measurements;
  WaitingRoom& waiting_room;
  ThreadPool& questions;  ///< works on what asks the warehouse or the lake
  ThreadPool& work;       ///< and on all else that may block, which never waits behind those
  std::uint64_t question_memory_bytes;  ///< for the events of one question
  /// What `/-/metrics` says of the process: the server's own numbers come through here.
  std::function<http::ServerStats()> http_stats;
  std::string version;
  std::string data_directory;
};

}  // namespace spectrum::api
