package configfile

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxNodes limits the size of the tree, since a small file can create a large tree with
// aliases.
const maxNodes = 100_000

// These are the errors of expandAliases. The tree would have more than maxNodes nodes, or a
// merge key has a value without keys.
var (
	errTooManyNodes = fmt.Errorf("more YAML nodes than allowed, counting each use of an alias, want at most %d", maxNodes)
	errNothingToAdd = errors.New("<<: the value has no keys to add, want an alias of a mapping, such as *collector")
)

// expandAliases returns a copy of the tree with every alias replaced by its node, and
// every merge key (<<) by the keys it adds.
func expandAliases(node *yaml.Node) (*yaml.Node, error) {
	remaining := maxNodes
	return expandLimited(node, &remaining)
}

// expandLimited is like expandAliases, for a part of the tree. It subtracts the number of
// copied nodes from remaining, and returns an error if remaining would become negative.
func expandLimited(node *yaml.Node, remaining *int) (*yaml.Node, error) {
	*remaining--
	if *remaining < 0 {
		return nil, errTooManyNodes
	}
	if node.Kind == yaml.AliasNode {
		return expandLimited(node.Alias, remaining)
	}
	expanded := *node
	expanded.Anchor, expanded.Content = "", nil
	if node.Kind != yaml.MappingNode {
		for _, child := range node.Content {
			child, err := expandLimited(child, remaining)
			if err != nil {
				return nil, err
			}
			expanded.Content = append(expanded.Content, child)
		}
		return &expanded, nil
	}
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, err := expandLimited(node.Content[i], remaining)
		if err != nil {
			return nil, err
		}
		value, err := expandLimited(node.Content[i+1], remaining)
		if err != nil {
			return nil, err
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, value)
			continue
		}
		expanded.Content = append(expanded.Content, key, value)
	}
	for _, value := range merged {
		if err := mergeKeys(&expanded, value); err != nil {
			return nil, err
		}
	}
	return &expanded, nil
}

// mergeKeys adds to node the keys of value that are missing in node, with their values.
// value must be a mapping or a list of mappings.
func mergeKeys(node, value *yaml.Node) error {
	switch value.Kind {
	case yaml.SequenceNode:
		for _, element := range value.Content {
			if err := mergeKeys(node, element); err != nil {
				return err
			}
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(value.Content); i += 2 {
			if findNode(node, value.Content[i].Value) == nil {
				node.Content = append(node.Content, value.Content[i], value.Content[i+1])
			}
		}
	default:
		return errNothingToAdd
	}
	return nil
}

// findNode returns the node at the path keys, or nil.
func findNode(node *yaml.Node, keys ...string) *yaml.Node {
	for _, key := range keys {
		var child *yaml.Node
		if node.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == key {
					child = node.Content[i+1]
					break
				}
			}
		}
		if child == nil {
			return nil
		}
		node = child
	}
	return node
}

// isNull reports whether the node is empty or null.
func isNull(node *yaml.Node) bool { return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null" }

// scalarText returns the text of a scalar for a message, at most 200 characters. For any
// other node, it returns "".
func scalarText(node *yaml.Node) string {
	if node.Kind != yaml.ScalarNode {
		return ""
	}
	return fmt.Sprintf("%.200s", node.Value)
}
