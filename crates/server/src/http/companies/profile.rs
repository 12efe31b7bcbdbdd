//! `GET` and `PUT /internal/companies/{companyId}/profile`.

use std::sync::Arc;

use api::{Previewed, Success, request::PutProfile, response::ProfileView};
use axum::{Json, extract::State};
use domain::{Command, CompanyId, CompanyProfile, MAX_EXTERNAL_REFERENCES, Text};
use http::{StatusCode, Uri};

use super::{
    super::{
        App, Caller, Problem,
        call::WriteRequest,
        caller::{CompaniesRead, CompaniesWrite},
        document::{CompanyParams, DryRunParams, ReadProblems, WriteParams, WriteProblems},
        path::CompanyPath,
        query::Query,
    },
    holding::changes,
    preview::unversioned,
};
use crate::{
    service::{CompanyOutcome, CompanyWrite, Write, Written},
    wire::{Reader, given_line},
};

/// How a company is shown.
#[utoipa::path(get, path = "/internal/companies/{companyId}/profile", tag = "Companies", params(CompanyParams),
    responses((status = 200, description = "The profile", body = Success<ProfileView>), ReadProblems))]
pub async fn get_profile(
    State(app): State<Arc<App>>,
    _: Caller<CompaniesRead>,
    CompanyPath(company): CompanyPath,
    uri: Uri,
) -> Result<Json<Success<ProfileView>>, Problem> {
    Query::parse(uri.query(), &[])?;
    let _place = app.place().await?;
    let (_, state, _) = app.core.resolved(company).await?.ok_or_else(Problem::company_not_found)?;
    Ok(Json(Success::of(view(company, &state.profile))))
}

/// Says how a company is shown. It changes nothing that the company owns, and no version.
#[utoipa::path(put, path = "/internal/companies/{companyId}/profile", tag = "Companies",
    params(CompanyParams, DryRunParams, WriteParams), request_body = PutProfile,
    responses((status = 200, description = "The profile afterwards", body = Previewed<ProfileView>), ReadProblems, WriteProblems))]
pub async fn put_profile(
    State(app): State<Arc<App>>,
    caller: Caller<CompaniesWrite>,
    CompanyPath(company): CompanyPath,
    request: WriteRequest<PutProfile>,
) -> Result<Written, Problem> {
    let (body, call) = request.by(&caller);
    let mut reader = Reader::default();
    if body.external_references.len() > MAX_EXTERNAL_REFERENCES {
        reader
            .breach("externalReferences", format!("has more than {MAX_EXTERNAL_REFERENCES} entries, the most it can"));
    }
    let name = body.name.filter(|name| !name.trim_matches(' ').is_empty());
    let provider = |text: &str| given_line(text, Text::SOURCE_CHARS);
    let profile = CompanyProfile {
        name: name.and_then(|name| reader.parsed("name", &name, |text| given_line(text, Text::NAME_CHARS))),
        external_references: reader.map("externalReferences", &body.external_references, provider, |text| {
            given_line(text, Text::REFERENCE_CHARS)
        }),
    };
    let details = reader.into_details();
    if !details.is_empty() {
        return Err(Problem::invalid_fields(details));
    }
    let answer = Box::new(move |outcome: &CompanyOutcome| {
        let view = ProfileView { changes: changes(outcome), ..view(company, &outcome.state.profile) };
        unversioned(StatusCode::OK, view, outcome)
    });
    app.write(call, Write::Company(CompanyWrite { company, command: Command::SetProfile(profile), render: answer }))
        .await
}

fn view(company: CompanyId, profile: &CompanyProfile) -> ProfileView {
    let references = profile.external_references.iter();
    ProfileView {
        company_id: company.uuid(),
        name: profile.name.as_ref().map(ToString::to_string),
        external_references: references.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        changes: None,
    }
}
