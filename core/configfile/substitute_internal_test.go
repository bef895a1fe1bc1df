package configfile

import (
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSubstitute proves that references to variables are replaced as in the examples of the
// specification.
func TestSubstitute(t *testing.T) {
	variables := map[string]string{
		"TEXT": "value", "BOOL": "true", "INT": "1", "FLOAT": "1.1", "HEX": "0xdeadbeef",
		"MAP": "value\nkey: value", "NEVER": "never", "REFERENCE": "${NEVER}", "DOLLARS": "value$$",
		"COMMENT": "secret #1", "COLON": "a: b", "BRACES": "{a: b}", "ALIAS": "*a", "EMPTY": "",
	}
	getenv := func(name string) string { return variables[name] }
	for _, test := range []struct{ yaml, want, wantTag string }{
		{"${TEXT}", "value", "!!str"},
		{"${BOOL}", "true", "!!bool"},
		{"${INT}", "1", "!!int"},
		{"${FLOAT}", "1.1", "!!float"},
		{"${HEX}", "0xdeadbeef", "!!int"},
		{`"${TEXT}"`, "value", "!!str"},
		{`"${BOOL}"`, "true", "!!str"},
		{`'${INT}'`, "1", "!!str"},
		{"${env:TEXT}", "value", "!!str"},
		{"${MAP}", "value\nkey: value", "!!str"},
		{"foo ${TEXT} ${FLOAT}", "foo value 1.1", "!!str"},
		{"${NOT_SET}", "", "!!null"},
		{`"${NOT_SET}"`, "", "!!str"},
		{"${NOT_SET:-fallback}", "fallback", "!!str"},
		{"${EMPTY:-2}", "2", "!!int"},
		{"${TEXT:-fallback}", "value", "!!str"},
		{"${NOT_SET:-} ${NOT_SET:-b} ${TEXT:-c}", " b value", "!!str"},
		{"${REFERENCE}", "${NEVER}", "!!str"},
		{"${NOT_SET:-${TEXT}}", "${TEXT}", "!!str"},
		{"$${TEXT}", "${TEXT}", "!!str"},
		{"$$${TEXT}", "$value", "!!str"},
		{"$$$${TEXT}", "$${TEXT}", "!!str"},
		{"$${TEXT:-fallback}", "${TEXT:-fallback}", "!!str"},
		{"$${TEXT:-${TEXT}}", "${TEXT:-value}", "!!str"},
		{"${NOT_SET:-$${NOT_SET}}", "${NOT_SET:-${NOT_SET}}", "!!str"},
		{"${DOLLARS}", "value$$", "!!str"},
		{"a $$ b", "a $ b", "!!str"},
		{"a $ b", "a $ b", "!!str"},
		{"a $", "a $", "!!str"},
		{"${", "${", "!!str"},
		// The result would differ if references were replaced in the text of the file.
		{"${COMMENT}", "secret #1", "!!str"},
		{"${COLON}", "a: b", "!!str"},
		{"${BRACES}", "{a: b}", "!!str"},
		{"${ALIAS}", "*a", "!!str"},
		{"!!str ${INT}", "1", "!!str"},
		{"|\n  ${INT}", "1", "!!str"},
	} {
		var document yaml.Node
		if err := yaml.Unmarshal([]byte("${TEXT}: "+test.yaml), &document); err != nil {
			t.Errorf("%s: %v", test.yaml, err)
			continue
		}
		r := &fileReader{name: "otel.yaml", getenv: getenv}
		tree := document.Content[0]
		r.substitute(tree, "")
		key, value := tree.Content[0], tree.Content[1]
		if value.Value != test.want || value.ShortTag() != test.wantTag || key.Value != "${TEXT}" || len(r.errs) != 0 {
			t.Errorf("%s: got %q of %s below %s, problems %v, want %q of %s", test.yaml, value.Value, value.ShortTag(), key.Value, r.errs, test.want, test.wantTag)
		}
	}
	for _, invalid := range []string{"${TEXT:?error}", "${1TEXT}", "${TE$XT}", "${}", "${TEXT-}", "${sys:TEXT}", "x ${TEXT} ${ TEXT }"} {
		if _, bad := expandVariables(invalid, getenv); bad == "" {
			t.Errorf("%s: got no error", invalid)
		}
	}
}
