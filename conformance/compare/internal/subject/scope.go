package subject

import "strings"

// scopes are the official middlewares' instrumentation scopes.
var scopes = map[string]string{
	"otelhttp":  "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
	"otelgin":   "go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin",
	"otelecho":  "go.opentelemetry.io/contrib/instrumentation/github.com/labstack/echo/otelecho",
	"otelfiber": "github.com/gofiber/contrib/otelfiber",
}

// scope is the name of the scope of the subject's server spans, which names its
// instrumentation.
func (s Subject) scope() string {
	if official, ok := scopes[strings.TrimSuffix(s.Name, "+core")]; ok {
		return official
	}
	return "github.com/samespan/samespan/" + s.Name
}
