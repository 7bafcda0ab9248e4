output "function_arn" {
  description = "The function's ARN"
  value       = aws_lambda_function.this.arn
}

output "role_arn" {
  description = "The ARN of the role that the function runs as"
  value       = aws_iam_role.this.arn
}

output "log_group_name" {
  description = "The log group's name"
  value       = aws_cloudwatch_log_group.this.name
}
