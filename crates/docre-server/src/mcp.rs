//! The same extraction for agents: a server of the Model Context Protocol.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use rmcp::{
    ServerHandler, ServiceExt,
    handler::server::wrapper::Parameters,
    model::{CallToolResult, ContentBlock, Implementation, ServerCapabilities, ServerConfig},
    schemars, tool, tool_handler, tool_router,
    transport::{
        stdio,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::never::NeverSessionManager,
        },
    },
};
use serde::Deserialize;
use tower::ServiceExt as _;

use crate::{
    answer::Answer,
    errors::ApiError,
    request::{ExtractRequest, Options},
    service::Service,
};

/// The tools.
#[derive(Clone)]
struct Tools {
    service: Arc<Service>,
}

/// What the tool is given.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
struct TextArguments {
    /// The text, in the model's language; a few sentences up to a long article.
    text: String,
    /// A title for the text.
    title: Option<String>,
    /// The name of a model, of those that list_models names; the first one where it is missing.
    model: Option<String>,
    /// Leaves out facts with a lower score, from 0 to 1.
    min_score: Option<f32>,
    /// Only these relations, by identifier or name.
    relations: Option<Vec<String>>,
}

#[tool_router]
impl Tools {
    /// Facts of a text.
    #[tool(
        description = "Reads a text and finds which relations hold between the people, places, \
                       organisations, times and things that it names, over sentence borders. Gives \
                       entities with the characters of their mentions, and facts (head, relation, \
                       tail) with a score from 0 to 1 and the numbers of the sentences that they \
                       rest on."
    )]
    async fn extract_facts(
        &self,
        Parameters(arguments): Parameters<TextArguments>,
    ) -> CallToolResult {
        result(self.extract(arguments).await)
    }

    /// The models and the relations that they know.
    #[tool(description = "Lists the models with the relations and entity types that they know.")]
    async fn list_models(&self) -> CallToolResult {
        let mut models = self.service.engine.models().describe();
        models.iter_mut().for_each(|model| model.card = None);
        result(Ok(serde_json::json!({ "models": models })))
    }
}

impl Tools {
    async fn extract(&self, arguments: TextArguments) -> Result<serde_json::Value, ApiError> {
        let TextArguments { text, title, model, min_score, relations } = arguments;
        if text.len() > self.service.limits.bytes {
            let most = self.service.limits.bytes;
            return Err(ApiError::too_large(format!("the text has more than {most} bytes")));
        }
        let options = Options { min_score, relations, ..Options::default() };
        let request =
            ExtractRequest { text: Some(text), title, model, options, ..Default::default() };
        let read = move |models: &_, limits: &_| request.read(models, limits);
        let answers = self.service.ask(Instant::now(), read).await?;
        let model = answers.model.clone();
        let found = answers.all().await?.pop().expect("one document");
        let answer = Answer::new(&model, found);
        // By way of text, so that a score has the digits of the other answers.
        let text = serde_json::to_string(&answer).expect("it has a JSON form");
        Ok(serde_json::from_str(&text).expect("it was written as JSON"))
    }
}

fn result(answer: Result<serde_json::Value, ApiError>) -> CallToolResult {
    match answer {
        Ok(answer) => CallToolResult::structured(answer),
        Err(error) => CallToolResult::error(vec![ContentBlock::text(error.message)]),
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("docre", env!("CARGO_PKG_VERSION")))
            .with_instructions("Finds facts between entities in texts, with places and scores.")
    }
}

type HttpService = StreamableHttpService<Tools, NeverSessionManager>;

/// The protocol over HTTP: one answer a request, without sessions.
#[derive(Clone)]
pub struct McpHttp(HttpService);

impl McpHttp {
    /// `hosts` are the names by which the service may be asked; any where there are none.
    pub fn new(service: &Arc<Service>, hosts: Option<Vec<String>>) -> Self {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(service.limits.bytes);
        let config = match hosts {
            Some(hosts) => config.with_allowed_hosts(hosts),
            None => config.disable_allowed_hosts(),
        };
        let tools = Tools { service: service.clone() };
        let make = move || Ok(tools.clone());
        Self(StreamableHttpService::new(make, Arc::default(), config))
    }

    /// Answers a request, whose body comes within its limits and time.
    pub async fn answer(
        self,
        State(service): State<Arc<Service>>,
        request: Request,
    ) -> Result<Response, ApiError> {
        let (parts, body) = request.into_parts();
        let body = service.room.read(&parts.headers, body, &service.limits).await?;
        let request = Request::from_parts(parts, Body::from(body.bytes.clone()));
        let Ok(answer) = self.0.oneshot(request).await;
        Ok(answer.into_response())
    }
}

/// Answers on standard input and output, until the input ends.
///
/// # Errors
///
/// If the client doesn't speak the protocol.
pub async fn serve_standard_input(service: Arc<Service>) -> Result<(), String> {
    let running = Tools { service }.serve(stdio()).await.map_err(|error| error.to_string())?;
    running.waiting().await.map(drop).map_err(|error| error.to_string())
}
