#include "planner/parse/builder.h"

namespace weir::parse {

using ast::StatementNode;

StatementNode Builder::Build(P::CreateViewContext* context) {
  ast::CreateView view;
  view.temporary = context->K_TEMPORARY() != nullptr;
  view.replace = context->K_REPLACE() != nullptr;
  view.if_not_exists = context->ifNotExists() != nullptr;
  view.name = Build(context->name());
  for (auto* column : context->viewColumn()) {
    view.columns.push_back({Build(column->identifier()), Build(column->comment())});
  }
  view.comment = Build(context->comment());
  view.query = Build(context->query());
  return view;
}

ast::FunctionTrait Builder::Build(P::FunctionTraitContext* context) {
  using Kind = ast::FunctionTraitKind;
  ast::FunctionTrait trait;
  trait.span = SpanOf(context);
  if (context->K_VERSION()) {
    trait.version = BuildText(context->STRING());
  } else if (context->K_DETERMINISTIC()) {
    trait.kind = context->K_NOT() ? Kind::kNotDeterministic : Kind::kDeterministic;
  } else {
    trait.kind = context->K_CALLED() ? Kind::kCalledOnNull : Kind::kNullOnNull;
  }
  return trait;
}

ast::FunctionBody Builder::Build(P::FunctionBodyContext* context) {
  ast::FunctionBody body;
  if (context->STRING()) body.implementation = BuildText(context->STRING());
  if (context->identifier()) body.language = Build(context->identifier());
  for (auto* trait : context->functionTrait()) body.traits.push_back(Build(trait));
  if (context->resources()) {
    for (auto* resource : context->resources()->resource()) {
      using Kind = ast::ResourceKind;
      const Kind kind = resource->K_ARTIFACT() ? Kind::kArtifact
                        : resource->K_JAR()    ? Kind::kJar
                                               : Kind::kFile;
      body.resources.push_back({kind, BuildText(resource->STRING())});
    }
  }
  if (context->properties()) body.options = Build(context->properties());
  return body;
}

std::vector<ast::FunctionParameter> Builder::Build(P::ParametersContext* context) {
  std::vector<ast::FunctionParameter> parameters;
  for (auto* parameter : context->parameter()) {
    parameters.push_back({Build(parameter->identifier()), Build(parameter->dataType()),
                          Build(parameter->comment())});
  }
  return parameters;
}

ast::FunctionSignature Builder::Build(P::FunctionSignatureContext* context) {
  ast::FunctionSignature signature;
  signature.parameters = Build(context->parameters(0));
  if (context->dataType()) {
    signature.returns = Build(context->dataType());
  } else {
    signature.columns = Build(context->columns);
    if (signature.columns.empty()) Fail(SpanOf(context->columns), "the table has no columns");
  }
  if (context->identifier()) signature.language = Build(context->identifier());
  signature.comment = Build(context->comment());
  return signature;
}

// The grammar takes (SELECT …) for an expression wherever it stands.
void Builder::AddReturn(P::FunctionReturnContext* context, ast::FunctionSignature* signature) {
  if (context->query()) {
    signature->query = Build(context->query());
  } else {
    signature->expression = Build(context->expression());
  }
  const bool table = !signature->returns;
  if (table && signature->expression) {
    const auto* subquery = signature->expression->As<ast::Subquery>();
    if (subquery != nullptr && subquery->kind == ast::SubqueryKind::kScalar) {
      signature->query = ast::QueryPtr(subquery->query);
      signature->expression = ast::ExprPtr();
    } else {
      Fail(SpanOf(context), "a function that returns a TABLE returns a query: RETURN SELECT …");
    }
  } else if (!table && signature->query) {
    Fail(SpanOf(context->query()),
         "a function that returns a value returns an expression: RETURN (SELECT …)");
  }
}

StatementNode Builder::Build(P::CreateFunctionContext* context) {
  ast::CreateFunction function;
  function.temporary = context->temporary() != nullptr;
  function.system = context->temporary() && context->temporary()->K_SYSTEM();
  function.replace = context->K_REPLACE() != nullptr;
  function.if_not_exists = context->ifNotExists() != nullptr;
  function.name = Build(context->name());
  if (context->functionSignature()) function.signature = Build(context->functionSignature());
  if (context->functionBody()) function.body = Build(context->functionBody());
  if (context->functionReturn()) AddReturn(context->functionReturn(), &*function.signature);
  return function;
}

StatementNode Builder::Build(P::CreateObjectContext* context) {
  ast::CreateObject object;
  if (context->K_CATALOG()) object.kind = ast::ObjectKind::kCatalog;
  if (context->K_CONNECTION()) object.kind = ast::ObjectKind::kConnection;
  object.temporary = context->temporary() != nullptr;
  object.system = context->temporary() && context->temporary()->K_SYSTEM();
  object.if_not_exists = context->ifNotExists() != nullptr;
  object.name = Build(context->name());
  object.comment = Build(context->comment());
  if (context->properties()) object.options = Build(context->properties());
  if (object.temporary && object.kind != ast::ObjectKind::kConnection) {
    Fail(SpanOf(context->temporary()), "catalogs and databases cannot be TEMPORARY");
  }
  return object;
}

StatementNode Builder::Build(P::CreateModelContext* context) {
  ast::CreateModel model;
  model.temporary = context->K_TEMPORARY() != nullptr;
  model.replace = context->K_REPLACE() != nullptr;
  model.if_not_exists = context->ifNotExists() != nullptr;
  model.name = Build(context->name());
  if (context->input) model.input = Build(context->input);
  if (context->output) model.output = Build(context->output);
  model.comment = Build(context->comment());
  if (context->properties()) model.options = Build(context->properties());
  if (context->query()) model.query = Build(context->query());
  return model;
}

ast::ObjectKind Builder::Build(P::ObjectKindContext* context) {
  if (context->K_CATALOG()) return ast::ObjectKind::kCatalog;
  if (context->K_DATABASE()) return ast::ObjectKind::kDatabase;
  if (context->K_MATERIALIZED()) return ast::ObjectKind::kMaterializedTable;
  if (context->K_VIEW()) return ast::ObjectKind::kView;
  if (context->K_FUNCTION()) return ast::ObjectKind::kFunction;
  if (context->K_MODEL()) return ast::ObjectKind::kModel;
  return context->K_CONNECTION() ? ast::ObjectKind::kConnection : ast::ObjectKind::kTable;
}

StatementNode Builder::Build(P::DropContext* context) {
  ast::Drop drop;
  drop.kind = Build(context->objectKind());
  drop.temporary = context->temporary() != nullptr;
  drop.system = context->temporary() && context->temporary()->K_SYSTEM();
  drop.if_exists = context->ifExists() != nullptr;
  drop.name = Build(context->name());
  if (context->K_RESTRICT()) drop.behaviour = ast::DropBehaviour::kRestrict;
  if (context->K_CASCADE()) drop.behaviour = ast::DropBehaviour::kCascade;
  return drop;
}

}  // namespace weir::parse
