# SPDX-License-Identifier: BSD-3-Clause
# What doxygen reads in place of a public header: the same lines, with our habits in its words.

BEGIN {
  # Classes of airunner_backend.hpp say the same as structs of the C headers, in members of the same names but a few.
  split("Tensor air_backend_tensor Node air_backend_node Column air_backend_column Model air_backend_model Facts air_backend " \
        "Log air_host Request air_connect_request Run air_run Preparation air_prepare_request Scan air_scan_request", pair)
  for (i = 1; i in pair; i += 2) mirror[pair[i]] = pair[i + 1]
  alias["write"] = "log"; alias["input"] = "inputs"; alias["output"] = "outputs"
}

function cpp() { return FILENAME ~ /\.hpp$/ }

# The first comment of a file tells of the file: rules in C headers are a list, what is indented in C++ is code.
FNR == 1 { in_head = 1; print cpp() ? "/// \\file" : ""; next }
FNR == 2 && !cpp() { print "/** \\file"; next }
in_head && cpp() && sub(/^\/\/   /, "///     ") { print; next }
in_head && match($0, /^ \*   [A-Z][a-z]+  /) { $0 = " * - **" substr($0, 6, RLENGTH - 7) "** " substr($0, RLENGTH) }
/^#ifndef/ { in_head = 0 }

# Members that structs have by the rules of airunner.h.
!cpp() && !documented && /^  uint32_t struct_size;$/ { $0 = $0 " /**< sizeof the struct. */" }
!cpp() && !documented && /^  uint(32|64)_t n_[a-z_]+;$/ { $0 = $0 " /**< Number of `" substr($2, 3, length($2) - 3) "`. */" }
!cpp() { documented = /\*\/$/ && !/;/; print; next }

# In C++ each comment documents what it stands before, or behind on its line; those with dashes part chapters.
sub(/^ *\/\/ ----.*/, "") { print; next }
/^ *\/\/( |$)/ { sub(/\/\//, "///"); documented = 1; print; next }
/^namespace / { $0 = "/** Backends in C++. */ " $0; documented = 1 }
/^(struct|class) / { of = mirror[$2] }
/^(};| private:)/ { of = "" }
match($0, /[;{}] +\/\/ /) { $0 = "/** " substr($0, RSTART + RLENGTH) " */ " substr($0, 1, RSTART); documented = 1 }
!documented && /^  (explicit )?[A-Z][A-Za-z]+\(/ { $0 = "/** Makes one. */ " $0; documented = 1 }
!documented && of != "" {
  if (/^struct /) $0 = "/** \\copydoc " of " */ " $0
  else if (/^  const air_[a-z_]+ &c\(\)/) $0 = "/** The struct of the C header. */ " $0
  else if (/^  [a-zA-Z].*(;|\{|\})$/ && match($0, /[a-z_]+( = .*|\{\}|\(.*)?;?$/)) {
    name = substr($0, RSTART)
    sub(/[^a-z_].*/, "", name)
    $0 = "/** \\copydoc " of "::" (name in alias ? alias[name] : name) " */ " $0
  }
}
{ documented = 0; print }
