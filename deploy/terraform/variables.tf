variable "package" {
  description = "The zip file that 'ecs-autoscale package' wrote"
  type        = string
}

variable "policy" {
  description = "The file that 'ecs-autoscale policy --name NAME' printed for the same definitions"
  type        = string
}

variable "name" {
  description = "What the function is called, and what belongs to it"
  type        = string
  default     = "ecs-autoscale"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,48}$", var.name))
    error_message = "Up to 48 letters, digits, '-' and '_'."
  }
}

variable "schedule" {
  description = "How often it runs: an EventBridge schedule expression"
  type        = string
  default     = "rate(5 minutes)"
}

variable "architecture" {
  description = "x86_64 or arm64, as the package is"
  type        = string
  default     = "x86_64"

  validation {
    condition     = contains(["x86_64", "arm64"], var.architecture)
    error_message = "x86_64 or arm64."
  }
}

variable "memory" {
  description = "The function's memory in MB"
  type        = number
  default     = 128
}

variable "timeout" {
  description = "When an invocation ends at the latest, in seconds"
  type        = number
  default     = 60
}

variable "log_level" {
  description = "DEBUG, INFO, WARN or ERROR"
  type        = string
  default     = "INFO"
}

variable "environment" {
  description = "The variables that the definitions use, %(NAME)"
  type        = map(string)
  default     = {}
  sensitive   = true
}
