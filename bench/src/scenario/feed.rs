//! Hearing of changes: how long until a write on one of three nodes is obeyed by the others, how fast the feed is read, and what one who follows
//! it costs in memory.

use std::time::{Duration, Instant};

use throwaway::Cluster;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Stage;
use crate::Outcome;
use crate::client::{call, get};
use crate::dataset::{DATABASE, company_id};
use crate::load::Histogram;
use crate::number::{micros, real};
use crate::process::Served;
use crate::program::{Cache, Program};
use crate::report::{Figure, Target};

/// So many writes are waited for.
const WRITES: u64 = 300;

/// So many followers a node has.
const FOLLOWERS: usize = 1_000;

/// So many changes are read.
const CHANGES: u64 = 100_000;

/// A write must be obeyed by all nodes within this in 99 of 100 cases, in milliseconds.
const PROPAGATION_P99_MS: f64 = 100.0;

/// How long anything may take that is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Changes of no company of the dataset.
const FILL: &str = "
    INSERT INTO change_feed (at, company_id, entitlement_version, change_type, entity_type, entity_key, request_id)
    SELECT clock_timestamp(), gen_random_uuid(), n, 'addon_updated', 'addon', 'finance', 'bench'
    FROM generate_series(1, {changes}) AS n";

/// Measures with servers that it starts.
///
/// # Errors
/// When a target fails.
pub async fn measure(stage: &mut Stage, cluster: &Cluster, program: &Program, key: &str) -> Outcome<()> {
    let nodes =
        [program.serve(Cache::Whole).await?, program.serve(Cache::Whole).await?, program.serve(Cache::Whole).await?];
    propagation(stage, &nodes, key).await?;
    let [node, ..] = &nodes;
    throughput(stage, cluster, node, key).await?;
    followers(stage, node, key).await
}

/// From the answer to a write on one node to the first answer of each other node that shows it.
async fn propagation(stage: &mut Stage, nodes: &[Served; 3], key: &str) -> Outcome<()> {
    let scenario = "a write on one of three nodes, PostgreSQL";
    stage.say(scenario);
    let mut seen = Histogram::default();
    for round in 0..WRITES {
        let company = company_id(round % stage.settings.companies);
        let path = format!("/internal/companies/{company}/entitlements");
        for node in nodes {
            get(node.address, &path, key).await?.json()?;
        }
        let writer = usize::try_from(round % 3)?;
        let body = format!(r#"{{"addonKey":"finance","status":"active","externalReference":"propagation-{round}"}}"#);
        let addons = format!("/internal/companies/{company}/addons");
        let written = call(nodes[writer].address, "POST", &addons, key, &body).await?.json()?;
        let acknowledged = Instant::now();
        let version = version_of(&written)?;
        for (number, node) in nodes.iter().enumerate().filter(|(number, _)| *number != writer) {
            while version_of(&get(node.address, &path, key).await?.json()?)? < version {
                if acknowledged.elapsed() > PATIENCE {
                    return Err(format!("node {number} never heard of version {version} of {company}").into());
                }
            }
            seen.record(acknowledged.elapsed());
        }
    }
    let figure = |what: &str, took: Duration, target| {
        Figure::alone(scenario, &format!("{what} until another node obeys it, ms"), micros(took) / 1000.0, target)
    };
    stage.figures.extend([
        figure("p50", seen.quantile(500), Target::Shown),
        figure("p99", seen.quantile(990), Target::AtMost(PROPAGATION_P99_MS)),
        figure("longest", seen.longest(), Target::Shown),
    ]);
    Ok(())
}

/// Page after page of 500, one reader.
async fn throughput(stage: &mut Stage, cluster: &Cluster, node: &Served, key: &str) -> Outcome<()> {
    let scenario = "the feed in pages of 500, PostgreSQL";
    stage.say(scenario);
    let now = get(node.address, "/internal/changes?after=now", key).await?.json()?;
    let mut cursor = cursor_of(&now)?;
    cluster.sql(DATABASE, &FILL.replace("{changes}", &CHANGES.to_string()))?;
    let (began, mut read) = (Instant::now(), 0);
    while read < CHANGES {
        let path = format!("/internal/changes?after={cursor}&limit=500&waitMs=1000");
        let page = get(node.address, &path, key).await?.json()?;
        let changes = page.pointer("/data/changes").and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        cursor = cursor_of(&page)?;
        read += u64::try_from(changes)?;
    }
    let rate = real(read) / began.elapsed().as_secs_f64();
    stage.figures.push(Figure::alone(scenario, "changes/s", rate, Target::Shown));
    Ok(())
}

/// What a node's memory grows by for each of many streams, and how long a change takes to all of them.
async fn followers(stage: &mut Stage, node: &Served, key: &str) -> Outcome<()> {
    let scenario = format!("{FOLLOWERS} streams of one node");
    stage.say(&scenario);
    let mut streams = vec![open(node, key).await?];
    let before = node.resident_bytes()?;
    while streams.len() < FOLLOWERS {
        streams.push(open(node, key).await?);
    }
    let grown = node.resident_bytes()?.saturating_sub(before);
    let each = real(grown) / real(FOLLOWERS as u64 - 1) / 1024.0;
    let addons = format!("/internal/companies/{}/addons", company_id(0));
    let body = r#"{"addonKey":"finance","status":"active","externalReference":"streams"}"#;
    call(node.address, "POST", &addons, key, body).await?.json()?;
    let acknowledged = Instant::now();
    for stream in &mut streams {
        until(stream, "event: company").await?;
    }
    let took = micros(acknowledged.elapsed()) / 1000.0;
    stage.figures.push(Figure::alone(&scenario, "memory for each, KiB", each, Target::Shown));
    stage.figures.push(Figure::alone(&scenario, "until all were told of a write, ms", took, Target::Shown));
    Ok(())
}

/// A stream that has caught up.
async fn open(node: &Served, key: &str) -> Outcome<TcpStream> {
    let mut stream = TcpStream::connect(node.address).await?;
    let request = format!(
        "GET /internal/changes?after=now HTTP/1.1\r\nhost: bench\r\naccept: text/event-stream\r\nx-internal-api-key: {key}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    until(&mut stream, ": position=").await?;
    Ok(stream)
}

/// Reads until a text has come.
async fn until(stream: &mut TcpStream, text: &str) -> Outcome<()> {
    let (mut came, mut part) = (Vec::new(), [0; 4_096]);
    let reading = async {
        while !String::from_utf8_lossy(&came).contains(text) {
            let count = stream.read(&mut part).await?;
            if count == 0 {
                return Err(format!("the stream ended: {}", String::from_utf8_lossy(&came)).into());
            }
            came.extend_from_slice(&part[..count]);
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, reading).await?
}

fn version_of(answer: &serde_json::Value) -> Outcome<u64> {
    let version = answer.pointer("/data/entitlementVersion").and_then(serde_json::Value::as_u64);
    version.ok_or_else(|| format!("no version in {answer}").into())
}

fn cursor_of(page: &serde_json::Value) -> Outcome<String> {
    let cursor = page.pointer("/data/cursor").and_then(serde_json::Value::as_str);
    Ok(cursor.ok_or_else(|| format!("no cursor in {page}"))?.to_owned())
}
