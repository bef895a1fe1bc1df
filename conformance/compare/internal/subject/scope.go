package subject

import (
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/github.com/gorilla/mux/otelmux"
)

// scopeNames maps the names of official subjects to the instrumentation scopes of their
// middlewares.
var scopeNames = map[string]string{
	"otelhttp":  "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	"otelgin":   "go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin",
	"otelecho":  "go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho",
	"otelfiber": "github.com/gofiber/contrib/otelfiber",
	"otelchi":   "github.com/riandyrn/otelchi",
	"otelmux":   otelmux.ScopeName,
	"express":   "@opentelemetry/instrumentation-http",
}

// scopeName returns the name of the instrumentation scope of the subject's server spans.
func (s Subject) scopeName() string {
	if official, ok := scopeNames[strings.TrimSuffix(s.Name, "+core")]; ok {
		return official
	}
	name, _, _ := strings.Cut(s.Name, "-") // nethttpotel-chi uses nethttpotel
	return "github.com/samespan/samespan/" + name
}
